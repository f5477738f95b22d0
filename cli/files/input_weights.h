// SPDX-License-Identifier: Apache-2.0
// "zh.jsonl:3": inputs with weights, for mixtures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/input_files.h"

namespace bytepiece {

struct WeightedInputs {
  std::vector<InputFile> files;  // with weights in units of 1/unit
  std::int64_t unit = 1;         // the weights' least common denominator
};

// ResolveInputs of each argument, less ":WEIGHT" at its end: a positive number such
// as 3, 0.5 or 2/3, exact. An argument that is an existing path, as it stands, has
// no weight, and so counts once. Errors: a weight that is none or too fine; what
// ResolveInputs says.
absl::StatusOr<WeightedInputs> ResolveWeightedInputs(const std::vector<std::string>& arguments,
                                                     InputNotes* notes = nullptr);

}  // namespace bytepiece
