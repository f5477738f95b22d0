// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/timing.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace bytepiece::lm {

double LeastMicroseconds(int repeats, const std::function<void()>& work) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    least = std::min(least, time.count());
  }
  return least;
}

void Finish(const torch::Tensor& x) { (void)x.flatten()[0].item<double>(); }

}  // namespace bytepiece::lm
