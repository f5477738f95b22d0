// SPDX-License-Identifier: Apache-2.0
#include "cli/files/model_file.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "corpus/file_kind.h"

namespace bytepiece {

absl::Status ExplainNoModel(const std::string& path, const absl::Status& status) {
  if (!absl::IsInvalidArgument(status) ||
      !absl::StrContains(status.message(), "not a BytePiece model")) {
    return status;
  }
  std::array<char, kKindBytes> start;
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), start.size());
  const FileKind kind = KindByContent(
      {start.data(), static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0))});
  if (kind.what.empty()) return status;
  if (kind.what.ends_with("BytePiece model")) {
    return absl::DataLossError(
        absl::StrCat(path, " is damaged: ", std::string(kind.what), " whose contents are none"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(path, " is ", std::string(kind.what), ", not a BytePiece model"));
}

}  // namespace bytepiece
