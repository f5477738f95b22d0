// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/scratch_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bytepiece {

absl::StatusOr<ScratchFile> ScratchFile::CreateUnnamed(const std::string& folder) {
  std::string path = absl::StrCat(folder, "/bytepiece.XXXXXX");
  FileDescriptor file(mkostemp(path.data(), O_CLOEXEC));
  if (file.get() < 0) {
    return absl::UnavailableError(absl::StrCat("cannot create a file in the temporary folder ",
                                               folder, ": ", std::strerror(errno),
                                               "; choose another with --temp-dir or TMPDIR"));
  }
  unlink(path.c_str());
  return ScratchFile(std::move(file), absl::StrCat("a file in the temporary folder ", folder), 0);
}

absl::StatusOr<ScratchFile> ScratchFile::Create(const std::string& path) {
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) {
    return absl::UnavailableError(absl::StrCat("cannot create ", path, ": ", std::strerror(errno)));
  }
  return ScratchFile(std::move(file), path, 0);
}

absl::StatusOr<ScratchFile> ScratchFile::OpenExisting(const std::string& path) {
  absl::StatusOr<FileDescriptor> file = OpenForReading(path);
  if (!file.ok()) return file.status();
  struct stat info = {};
  if (fstat(file->get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is not a file that can be read twice"));
  }
  return ScratchFile(*std::move(file), path, info.st_size);
}

absl::Status ScratchFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return absl::ResourceExhaustedError(
          absl::StrCat("cannot write ", name_, ": ", std::strerror(errno), " (", size_,
                       " bytes of this file were written); make room, or name a larger folder with "
                       "--temp-dir or TMPDIR"));
    }
    size_ += written;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status ScratchFile::ReadAt(std::int64_t offset, std::size_t size, char* bytes) const {
  while (size > 0) {
    const ssize_t got = pread(file_.get(), bytes, size, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      return absl::DataLossError(absl::StrCat("cannot read ", name_, ": ",
                                              got < 0 ? std::strerror(errno) : "it is cut short"));
    }
    offset += got;
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
  return absl::OkStatus();
}

absl::Status ScratchFile::Sync() {
  if (fdatasync(file_.get()) == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write ", name_, ": ", std::strerror(errno)));
}

std::string DefaultTempDir() {
  const char* folder = std::getenv("TMPDIR");
  if (folder != nullptr && *folder != '\0') return folder;
  std::error_code error;
  const std::filesystem::path usual = std::filesystem::temp_directory_path(error);
  return error ? "." : usual.string();
}

}  // namespace bytepiece
