// SPDX-License-Identifier: Apache-2.0
// The formats that models are kept in. ModelFromBytes (model_io.h) reads all of them.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "bytepiece/base/export.h"
#include "bytepiece/model/model.h"

namespace bytepiece::inline v0 {

enum class ModelFormat {
  kProtobuf,  // holds everything
  kJson,      // the reference's: NFC, logarithms, and neither special tokens nor settings
  kCompiled,  // kProtobuf and tables to be mapped: for machines that lay them out alike
};

// The same model gives the same bytes. Error if it fails ValidateModel, or the format has no place
// for what it holds.
BYTEPIECE_EXPORT absl::StatusOr<std::string> ModelToBytes(const Model& model, ModelFormat format);

}  // namespace bytepiece::inline v0
