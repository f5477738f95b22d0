// SPDX-License-Identifier: Apache-2.0
// A byte stream cut at a delimiter: lines, or documents between separators.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "corpus/byte_stream.h"

namespace bytepiece {

// Each part ends at the delimiter, which is not part of it, or at the end of the
// stream: "a\nb" and "a\nb\n" are both "a", "b"; "a\n\n" is "a", ""; "" is
// nothing. Memory: the longest part, plus a buffer. Time: linear, also for one
// part of many GB.
class DelimitedReader {
 public:
  // The delimiter is not empty.
  DelimitedReader(std::unique_ptr<ByteStream> stream, std::string delimiter);

  // Replaces *part. False, and *part empty, at the end.
  absl::StatusOr<bool> Next(std::string* part);

  std::int64_t consumed() const { return stream_->consumed(); }

 private:
  absl::Status Refill();

  std::unique_ptr<ByteStream> stream_;
  std::string delimiter_;
  std::string buffer_;
  std::size_t begin_ = 0;
  bool ended_ = false;
};

// Appends up to 256 kB of what is left of `stream`; 0 at the end.
absl::StatusOr<std::size_t> AppendSome(ByteStream* stream, std::string* bytes);

// All that is left of `stream`.
absl::StatusOr<std::string> ReadAll(ByteStream* stream);

}  // namespace bytepiece
