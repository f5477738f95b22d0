// SPDX-License-Identifier: Apache-2.0
// Measures how long work takes, on any device.
#pragma once

#include <functional>

#include "lm/attention/mixer.h"

namespace bytepiece::lm {

// The least of `repeats` times, in microseconds.
double LeastMicroseconds(int repeats, const std::function<void()>& work);

// Waits for what a GPU has been given: a value can only come back when it is done.
void Finish(const torch::Tensor& x);

}  // namespace bytepiece::lm
