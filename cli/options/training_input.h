// SPDX-License-Identifier: Apache-2.0
// How train and count read their text: in parts, within a stated memory limit.
#pragma once

#include "absl/status/status.h"
#include "bytepiece/model/model.h"
#include "cli/files/input_options.h"
#include "trainer/setup/options.h"

namespace bytepiece {

// Sets what no option does, by `spec`, which count takes from a file of n-grams. Errors: a limit
// below the least (PrepareMemory).
absl::Status PrepareTrainingInput(const TrainerSpec& spec, const TrainerOptions& trainer,
                                  InputOptions* input);

}  // namespace bytepiece
