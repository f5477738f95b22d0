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
  // Errors name the path: missing, a directory, a pipe. The file must not shrink while it
  // is mapped.
  static absl::StatusOr<MappedFile> Open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::string_view bytes() const { return {data_, size_}; }

 private:
  MappedFile() = default;

  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace bytepiece
