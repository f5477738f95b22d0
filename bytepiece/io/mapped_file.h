// SPDX-License-Identifier: Apache-2.0
// A file's bytes, read by the system as they are touched.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace bytepiece {

class MappedFile {
 public:
  // Errors name the path: missing, a directory, a pipe. The file must not be written to while it
  // is mapped: a new one is renamed over it, which leaves the mapped bytes as they are.
  static absl::StatusOr<MappedFile> Open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::string_view bytes() const { return {data_, size_}; }

 private:
  MappedFile();

  const char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t slot_;  // where FindOverwrittenMapping looks
};

// The path of a mapped file that was written to or cut while it was mapped, also after that has
// ended; null if there is none. Each is told once. Async-signal-safe: a process that dies of
// SIGBUS can say why. No more than a hundred files are watched at a time.
const char* FindOverwrittenMapping();

}  // namespace bytepiece
