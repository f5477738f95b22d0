// SPDX-License-Identifier: Apache-2.0
#include "cli/files/output_ending.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

constexpr std::string_view kKnown[] = {
    // Models, text, tokens.
    ".model", ".compiled", ".json", ".jsonl", ".ndjson", ".txt", ".text", ".md", ".ids", ".pieces",
    ".npy", ".bin", ".idx",
    // What others write.
    ".gz", ".tgz", ".zst", ".xz", ".bz2", ".lz4", ".br", ".zip", ".npz", ".tar", ".7z", ".parquet",
    ".safetensors", ".png", ".pdf"};

}  // namespace

std::string NameEnding(const std::string& path) {
  const std::string ending =
      absl::AsciiStrToLower(std::filesystem::path(path).extension().native());
  return ending.find_first_not_of(".0123456789") == std::string::npos ? "" : ending;
}

absl::Status CheckEnding(const std::string& path, const std::vector<std::string_view>& own,
                         std::string_view writer, std::string_view remedy) {
  const std::string ending = NameEnding(path);
  const bool is_known = std::find(std::begin(kKnown), std::end(kKnown), ending) != std::end(kKnown);
  if (!is_known || std::find(own.begin(), own.end(), ending) != own.end()) return absl::OkStatus();
  return UsageError(absl::StrCat("the output ", path,
                                 " would not be what its ending says: ", std::string(writer),
                                 " writes no ", ending, "; ", std::string(remedy)));
}

}  // namespace bytepiece
