// SPDX-License-Identifier: Apache-2.0
// The model file: Protocol Buffers (proto/bytepiece_model.proto), version-stamped.
// The same model gives the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/base/export.h"
#include "bytepiece/model/model.h"

namespace bytepiece::inline v0 {

// The model must pass ValidateModel.
BYTEPIECE_EXPORT std::string SerializeModel(const Model& model);

// Validates everything (version, checksum, ValidateModel, dense ids in order, known
// enums, no field this version does not know, options digest). A damaged,
// truncated, hostile or newer file gives one error; memory stays in proportion
// to `bytes`.
BYTEPIECE_EXPORT absl::StatusOr<Model> ParseModel(std::string_view bytes);

// 64-bit FNV-1a over the settings as the model file stores them: equal digests
// mean equal settings, in a file or a log.
BYTEPIECE_EXPORT std::uint64_t OptionsDigest(const TrainerSpec& spec);

// The same for any format of model_format.h: the model in a compiled file, whose tables are left
// unread; the reference's JSON if the first byte that is not white space is '{'; else the model
// file's.
BYTEPIECE_EXPORT absl::StatusOr<Model> ModelFromBytes(std::string_view bytes);

// Reads a file of any format. Errors name the path.
BYTEPIECE_EXPORT absl::StatusOr<Model> ReadModelFile(const std::string& path);

// Validated, written beside, then renamed (atomic_file.h).
BYTEPIECE_EXPORT absl::Status WriteModelFile(const std::string& path, const Model& model);

}  // namespace bytepiece::inline v0
