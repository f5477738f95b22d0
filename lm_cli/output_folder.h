// SPDX-License-Identifier: Apache-2.0
// The folder that a command leaves its results in.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace bytepiece::lm {

// Makes it with all folders above it; one that is there already is fine.
absl::Status MakeFolder(const std::string& path);

// Removes the configuration and the lock of a run that ended before its first step, and the folder
// if it is empty then.
void RemoveUnstartedRun(const std::string& path);

}  // namespace bytepiece::lm
