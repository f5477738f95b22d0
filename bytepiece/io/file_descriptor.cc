// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/file_descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace bytepiece {

std::string DisplayName(const std::string& path) { return path == "-" ? "standard input" : path; }

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (fd_ >= 0) close(fd_);
  fd_ = other.Release();
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

int FileDescriptor::Release() { return std::exchange(fd_, -1); }

absl::StatusOr<FileDescriptor> OpenForReading(const std::string& path) {
  FileDescriptor file(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return absl::NotFoundError(
        absl::StrCat("cannot open ", DisplayName(path), ": ", std::strerror(errno)));
  }
  struct stat info = {};
  if (fstat(file.get(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(DisplayName(path), " is a directory"));
  }
  return file;
}

absl::StatusOr<std::size_t> ReadSome(int fd, const std::string& name, char* bytes,
                                     std::size_t size) {
  for (;;) {
    const ssize_t got = read(fd, bytes, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) {
      return absl::UnavailableError(absl::StrCat("cannot read ", name, ": ", std::strerror(errno)));
    }
  }
}

}  // namespace bytepiece
