// SPDX-License-Identifier: Apache-2.0
// The reference implementation's model: a JSON object
//   base64(piece) -> [id, the piece as UTF-8 with undecodable bytes dropped, count]
// written like Python's json.dumps(indent=4, ensure_ascii=False), no final
// newline. Normalisation, settings, special tokens and whole scores have no place in it: an
// imported model is NFC and scores by logarithms, and an exported one must do so and have no
// special tokens.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "bytepiece/model/model.h"

namespace bytepiece {

// ids must be 3, 4, 5, ... in some order of the keys; the model's are the same.
// Errors name the key at fault.
absl::StatusOr<Model> ParseReferenceJson(std::string_view json);

// Byte for byte what the reference writes for these pieces. Error if the model
// has special tokens or whole scores, or is not NFC. The provenance is left out.
absl::StatusOr<std::string> SerializeReferenceJson(const Model& model);

}  // namespace bytepiece
