// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/export/export_folder.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/atomic_file.h"

namespace bytepiece {
namespace {

namespace fs = std::filesystem;

absl::Status Failure(const fs::path& path, const std::error_code& error) {
  return absl::UnavailableError(absl::StrCat(path.native(), ": ", error.message()));
}

// Takes the folder away again if it was made for files that did not come.
class MadeFolder {
 public:
  explicit MadeFolder(const fs::path& path) : path_(path) {}
  MadeFolder(const MadeFolder&) = delete;
  MadeFolder& operator=(const MadeFolder&) = delete;
  ~MadeFolder() {
    std::error_code ignored;  // that it is not empty, for one
    if (made_) fs::remove(path_, ignored);
  }

  absl::Status Make() {
    std::error_code error;
    made_ = fs::create_directory(path_, error);
    return error ? Failure(path_, error) : absl::OkStatus();
  }
  void Keep() { made_ = false; }

 private:
  fs::path path_;
  bool made_ = false;
};

absl::Status CheckFolder(const fs::path& folder, absl::Span<const std::string_view> others) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) return absl::OkStatus();
  if (!fs::is_directory(status)) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder.native(), ": is no folder; name one, or one that is to be made"));
  }
  for (const std::string_view other : others) {
    if (!fs::exists(folder / other, error)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat((folder / other).native(),
                     ": belongs to another tokenizer and would be read with this one; remove it, "
                     "or name another folder"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteExportFolder(const std::string& folder,
                               const std::map<std::string, std::string>& files,
                               absl::Span<const std::string_view> others) {
  const fs::path path = folder;
  if (absl::Status status = CheckFolder(path, others); !status.ok()) return status;
  MadeFolder made(path);
  if (absl::Status status = made.Make(); !status.ok()) return status;
  std::vector<AtomicFile> written;  // goes before the folder does
  for (const auto& [name, content] : files) {
    absl::StatusOr<AtomicFile> file = AtomicFile::Create((path / name).native());
    if (!file.ok()) return file.status();
    if (absl::Status status = file->Write(content); !status.ok()) return status;
    if (absl::Status status = file->Finish(); !status.ok()) return status;
    written.push_back(*std::move(file));
  }
  for (AtomicFile& file : written) {
    if (absl::Status status = file.Commit(); !status.ok()) return status;
  }
  made.Keep();
  return absl::OkStatus();
}

}  // namespace bytepiece
