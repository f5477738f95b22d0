// SPDX-License-Identifier: Apache-2.0
// What a file is that was given as a model and is none.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace bytepiece {

// `status`, of loading the model at `path`; where that is no BytePiece model, with what it is
// instead, if that is known: a picture, a count file, text of another encoding.
absl::Status ExplainNoModel(const std::string& path, const absl::Status& status);

}  // namespace bytepiece
