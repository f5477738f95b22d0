// SPDX-License-Identifier: Apache-2.0
// The table of mixers: from what a layer's configuration says to the module.
#pragma once

#include <cstdint>
#include <memory>

#include "lm/attention/mixer.h"
#include "lm/model/model_config.h"

namespace bytepiece::lm {

// The layer's sizes are filled in (CompleteModelConfig).
std::shared_ptr<Mixer> MakeMixer(const LayerConfig& layer, std::int64_t width);

}  // namespace bytepiece::lm
