// SPDX-License-Identifier: Apache-2.0
// A model with all its tables as they lie in memory, to be mapped instead of made:
// ready in the time it takes to check the file, its memory shared by all processes
// that use it. The file holds the model too (compiled_file.h), for programs that lay
// out their tables otherwise.
//
// Checked are the checksum, the layout's version and that no table points outside
// another. That finds damage, not malice: whoever can write tables can make the
// kernels run for ever or read and write beside their memory. Take compiled files
// as you take programs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/model/model.h"
#include "bytepiece/model/vocabulary_tables.h"

namespace bytepiece {

// To be raised when any table, or how it is made, changes.
// 1: before whole scores. 3: with what a row says of values apart from its scores.
inline constexpr std::uint32_t kCompiledVersion = 4;

struct CompiledModel {
  Normalization normalization = Normalization::kNone;
  std::vector<SpecialToken> special_tokens;
  std::unique_ptr<const VocabularyTables> vocabulary;  // those in the file; not null
  std::string_view model_bytes;                        // for ParseModel (model_io.h)
};

// The bytes of the compiled file. Error if the model fails ValidateModel.
absl::StatusOr<std::string> CompileModel(const Model& model);

// `bytes`, aligned to kTableAlignment, must stay while the result is used. Errors:
// none of ours, damaged, or of another version; then the model can still be had,
// as ReadModelFile does.
absl::StatusOr<CompiledModel> OpenCompiledModel(std::string_view bytes);

}  // namespace bytepiece
