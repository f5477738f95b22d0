// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/model_format.h"

#include "bytepiece/model/compiled_model.h"
#include "bytepiece/model/model_io.h"
#include "bytepiece/model/model_json.h"

namespace bytepiece::inline v0 {

absl::StatusOr<std::string> ModelToBytes(const Model& model, ModelFormat format) {
  if (absl::Status status = ValidateModel(model); !status.ok()) return status;
  switch (format) {
    case ModelFormat::kJson:
      return SerializeReferenceJson(model);
    case ModelFormat::kCompiled:
      return CompileModel(model);
    case ModelFormat::kProtobuf:
      break;
  }
  return SerializeModel(model);
}

}  // namespace bytepiece::inline v0
