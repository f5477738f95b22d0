// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bytepiece {

absl::StatusOr<MappedFile> MappedFile::Open(const std::string& path) {
  const auto error = [&](const char* cause) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path, ": ", cause));
  };
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return error(std::strerror(errno));
  struct stat info = {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(fd);
    return error("not a regular file");
  }
  MappedFile file;
  file.size_ = static_cast<std::size_t>(info.st_size);
  void* data = file.size_ == 0 ? nullptr : mmap(nullptr, file.size_, PROT_READ, MAP_SHARED, fd, 0);
  const int mapping_error = errno;
  close(fd);
  if (data == MAP_FAILED) {
    file.size_ = 0;
    return error(std::strerror(mapping_error));
  }
  file.data_ = static_cast<const char*>(data);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

}  // namespace bytepiece
