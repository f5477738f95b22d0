// SPDX-License-Identifier: Apache-2.0
// The container of a compiled model (compiled_model.h): a header, the model file
// itself (model_io.h), and tables made of it, which are only good for programs that
// lay them out alike and can always be made anew from the model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace bytepiece {

// Tables begin at a multiple of this in the file, and so in memory that maps it.
inline constexpr std::size_t kTableAlignment = 64;

struct CompiledFile {
  std::string_view model;
  std::string_view tables;
};

std::string SerializeCompiledFile(std::string_view model, std::string_view tables,
                                  std::uint32_t version);

// Whether they begin like a compiled file, of whatever version.
bool IsCompiledFile(std::string_view bytes);

// The model file in it, not yet checked. Error if the header is cut off or makes no
// sense.
absl::StatusOr<std::string_view> ModelInCompiledFile(std::string_view bytes);

// Both parts. Error if the tables are of another version or byte order, or a byte
// of the file is not what was written.
absl::StatusOr<CompiledFile> ParseCompiledFile(std::string_view bytes, std::uint32_t version);

}  // namespace bytepiece
