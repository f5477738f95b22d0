// SPDX-License-Identifier: Apache-2.0
// A file open for reading, closed at the end, and how errors name it.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace bytepiece {

// An open file descriptor, closed at the end. Movable only.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.Release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  int get() const { return fd_; }

 private:
  int Release();

  int fd_;
};

// How errors name a path: "-" is "standard input".
std::string DisplayName(const std::string& path);

// Opens for reading; "-" is a duplicate of standard input. A directory is an
// error. Errors name the path.
absl::StatusOr<FileDescriptor> OpenForReading(const std::string& path);

// Up to `size` bytes from `fd`; 0 only at the end.
absl::StatusOr<std::size_t> ReadSome(int fd, const std::string& name, char* bytes,
                                     std::size_t size);

}  // namespace bytepiece
