// SPDX-License-Identifier: Apache-2.0
// A run must not replace what it reads.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "corpus/input_files.h"

namespace bytepiece {

// A usage error if one of `outputs` is the same regular file as an input or as
// `model` (may be empty; a count file that is read counts as one), under whatever name.
// One look at each file.
absl::Status CheckInputsSurvive(const std::vector<InputFile>& inputs, const std::string& model,
                                const std::vector<std::string>& outputs);

}  // namespace bytepiece
