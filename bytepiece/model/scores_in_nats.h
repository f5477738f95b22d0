// SPDX-License-Identifier: Apache-2.0
// A model's scores as the engines, and other libraries, take them.
#pragma once

#include "bytepiece/base/large_pages.h"
#include "bytepiece/model/model.h"

namespace bytepiece {

// In nats, by piece. Whole ones are exact, and so are their sums in doubles.
LargeVector<double> ScoresInNats(const Model& model);

}  // namespace bytepiece
