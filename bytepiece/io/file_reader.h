// SPDX-License-Identifier: Apache-2.0
// A file, or standard input, read from front to back, by size or by line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/io/file_descriptor.h"

namespace bytepiece {

// Reading fails with an error that names the file, or throws std::bad_alloc: neither is ever taken
// for the end.
class FileReader {
 public:
  // "-" is standard input. Errors as OpenForReading.
  static absl::StatusOr<FileReader> Open(const std::string& path);

  // For errors.
  const std::string& name() const { return name_; }
  // "NAME: cause".
  absl::Status Error(std::string_view cause) const;

  // Replaces *bytes by up to `size` bytes: fewer only at the end.
  absl::Status Read(std::size_t size, std::string* bytes);
  // Replaces *bytes by all that is left.
  absl::Status ReadAll(std::string* bytes);
  // Replaces *line, without its newline. False at the end.
  absl::StatusOr<bool> ReadLine(std::string* line);
  absl::StatusOr<bool> AtEnd();
  // Whether ReadLine returns without waiting for whoever writes into a pipe, or nearly: half a
  // line that is there counts.
  bool ready() const;

 private:
  FileReader(FileDescriptor file, std::string name)
      : file_(std::move(file)), name_(std::move(name)) {}

  std::string_view buffered() const { return std::string_view(buffer_).substr(next_); }
  // Makes buffered() non-empty, except at the end.
  absl::Status Fill();

  FileDescriptor file_;
  std::string name_;
  std::string buffer_;
  std::size_t next_ = 0;  // in buffer_
};

}  // namespace bytepiece
