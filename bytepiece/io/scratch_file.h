// SPDX-License-Identifier: Apache-2.0
// A file written from front to back, then read anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/io/file_descriptor.h"

namespace bytepiece {

class ScratchFile {
 public:
  // A file without a name in `folder`: however the process ends, it is gone.
  // Errors name the folder and say to choose another with --temp-dir or TMPDIR.
  static absl::StatusOr<ScratchFile> CreateUnnamed(const std::string& folder);
  // Creates or replaces `path`.
  static absl::StatusOr<ScratchFile> Create(const std::string& path);
  // Only to be read.
  static absl::StatusOr<ScratchFile> OpenExisting(const std::string& path);

  absl::Status Append(std::string_view bytes);
  // Exactly `size` bytes. Several threads may read at once.
  absl::Status ReadAt(std::int64_t offset, std::size_t size, char* bytes) const;
  // After this the bytes appended survive a crash of the machine.
  absl::Status Sync();

  // The file itself, for who reads it in another way; it stands at its end.
  FileDescriptor TakeDescriptor() && { return std::move(file_); }

  std::int64_t size() const { return size_; }
  // For errors: the path, or where an unnamed file lies.
  const std::string& name() const { return name_; }

 private:
  ScratchFile(FileDescriptor file, std::string name, std::int64_t size)
      : file_(std::move(file)), name_(std::move(name)), size_(size) {}

  FileDescriptor file_;
  std::string name_;
  std::int64_t size_;
};

// TMPDIR, or the system's usual folder.
std::string DefaultTempDir();

}  // namespace bytepiece
