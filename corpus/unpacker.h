// SPDX-License-Identifier: Apache-2.0
// Unpacks gzip (several members), zstd (several frames), xz and bzip2 (several streams).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "corpus/compression.h"
#include "corpus/stored_bytes.h"

namespace bytepiece {

class Unpacker {
 public:
  // An unpacker of a stated kind; kNone gives the bytes as stored. max_bytes, if positive,
  // bounds the memory: data that takes more, since it refers far back, is an error that says so.
  static std::unique_ptr<Unpacker> Create(Compression compression, std::int64_t max_bytes);
  virtual ~Unpacker() = default;

  // Up to `size` bytes; 0 only at the end. Data that ends within a packed part, is damaged, or
  // holds no such part at all is an error that names the file.
  virtual absl::StatusOr<std::size_t> Read(StoredBytes* stored, char* bytes, std::size_t size) = 0;
};

}  // namespace bytepiece
