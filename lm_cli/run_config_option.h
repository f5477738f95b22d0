// SPDX-License-Identifier: Apache-2.0
// The configuration that --config names: a preset, or a JSON file.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "lm/training/run_config.h"

namespace bytepiece::lm {

// A usage error if it is neither, or not what a configuration is.
absl::StatusOr<RunConfig> ReadRunConfig(const std::string& name);

}  // namespace bytepiece::lm
