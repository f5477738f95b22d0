// SPDX-License-Identifier: Apache-2.0
// The bytes of a file, unpacked if they are packed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "bytepiece/io/file_descriptor.h"
#include "corpus/compression.h"

namespace bytepiece {

struct StreamOptions {
  // kAuto: a name such as a.txt.gz says how the file is packed, and is an error if it is not.
  // Without such a name the content decides, by a whole header: a text that happens to begin
  // with 1F 8B stays what it is. A stated kind is an error if the file is of another.
  Compression compression = Compression::kAuto;
  bool name_alone = false;               // kAuto: the content decides nothing
  std::int64_t max_unpacking_bytes = 0;  // if positive: memory for unpacking (unpacker.h)
};

class ByteStream {
 public:
  // Takes over the descriptor and reads its first bytes to see what it is. `name` (DisplayName)
  // is for errors.
  static absl::StatusOr<std::unique_ptr<ByteStream>> Open(FileDescriptor file, std::string name,
                                                          const StreamOptions& options = {});

  virtual ~ByteStream() = default;

  // Up to `size` bytes; 0 only at the end. A file that ends within a packed
  // part, or is damaged, is an error that names it.
  virtual absl::StatusOr<std::size_t> Read(char* bytes, std::size_t size) = 0;

  // Whether Read returns without waiting for whoever writes into a pipe. Packed data may wait
  // all the same.
  virtual bool ready() const { return true; }

  // Whether the file is packed.
  virtual bool packed() const { return false; }

  // Bytes taken from the file, as stored.
  virtual std::int64_t consumed() const = 0;
};

}  // namespace bytepiece
