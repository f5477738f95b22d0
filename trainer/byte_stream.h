// SPDX-License-Identifier: Apache-2.0
// The bytes of a file, unpacked if they are packed: plain, gzip (several
// members) or zstd (several frames), told apart by the first bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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

class ByteStream {
 public:
  // Takes over the descriptor and reads its first bytes to see what it is.
  // `name` (DisplayName) is for errors; if it ends in .gz or .zst and the file is
  // not of that kind, that is an error.
  static absl::StatusOr<std::unique_ptr<ByteStream>> Open(FileDescriptor file, std::string name);

  virtual ~ByteStream() = default;

  // Up to `size` bytes; 0 only at the end. A file that ends within a packed
  // part, or is damaged, is an error that names it.
  virtual absl::StatusOr<std::size_t> Read(char* bytes, std::size_t size) = 0;

  // Bytes taken from the file, as stored.
  virtual std::int64_t consumed() const = 0;
};

}  // namespace bytepiece
