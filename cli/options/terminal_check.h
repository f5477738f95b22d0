// SPDX-License-Identifier: Apache-2.0
// Binary output is not for eyes.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace bytepiece {

// A usage error if `output` ("-": standard output) is a terminal. `what` begins the message:
// "a model".
absl::Status CheckNoTerminal(const std::string& output, std::string_view what);

}  // namespace bytepiece
