// SPDX-License-Identifier: Apache-2.0
// The training options as the model file holds them, for model_io.cc. A field of
// spec_fields.h stands in the message's field of its name; a flag that came later and is on by
// default in that of "no_" + name, so that its absence means the default.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/model/trainer_spec.h"

namespace bytepiece {

namespace proto {
class NormalizerSpec;
class TrainerSpec;
}  // namespace proto

// Requires an empty message.
void ToProto(Normalization normalization, proto::NormalizerSpec* out);
void ToProto(const TrainerSpec& spec, proto::TrainerSpec* out);

// Errors: DamagedModel, for a value that this version does not know.
absl::StatusOr<Normalization> FromProto(const proto::NormalizerSpec& in);
absl::StatusOr<TrainerSpec> FromProto(const proto::TrainerSpec& in);

absl::Status DamagedModel(std::string_view what);

}  // namespace bytepiece
