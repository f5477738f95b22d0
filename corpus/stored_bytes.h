// SPDX-License-Identifier: Apache-2.0
// A file as stored, through a buffer whose content can be looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/io/file_descriptor.h"

namespace bytepiece {

class StoredBytes {
 public:
  // `name` is for errors.
  StoredBytes(FileDescriptor file, std::string name);

  const std::string& name() const { return name_; }
  std::int64_t consumed() const { return consumed_; }
  // Valid until the next Fill.
  std::string_view available() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void Consume(std::size_t size);

  // Reads until `size` bytes (at most 256 kB) are available or the file ends.
  absl::Status Fill(std::size_t size);
  // Makes at least one byte available unless the file has ended.
  absl::Status FillIfEmpty() { return begin_ == end_ ? Fill(1) : absl::OkStatus(); }
  // Whether FillIfEmpty returns at once: something is available, or reading does not wait.
  bool ready() const;

 private:
  FileDescriptor file_;
  std::string name_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::int64_t consumed_ = 0;
};

}  // namespace bytepiece
