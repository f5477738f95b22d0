// SPDX-License-Identifier: Apache-2.0
// The bytes of a file, unpacked if they are packed: plain, gzip (several
// members) or zstd (several frames), told apart by the first bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "bytepiece/io/file_descriptor.h"

namespace bytepiece {

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
