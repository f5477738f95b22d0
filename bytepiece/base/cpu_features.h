// SPDX-License-Identifier: Apache-2.0
// Asks the processor that runs this what it has.
#pragma once

#include "absl/status/statusor.h"

namespace bytepiece {

// Which instructions the kernels use; any give the same results.
enum class Kernel { kPlain, kSse4, kAvx2, kAvx512, kNeon };

// The one that this processor runs fastest, or the one that the environment variable
// BYTEPIECE_KERNEL names: plain, sse4, avx2, avx512 or neon. Error if it names another, or one
// that this processor lacks.
absl::StatusOr<Kernel> ChooseKernel();

bool HasKernel(Kernel kernel);

// Whether it runs the AVX-512 kernels: foundation, BW, VL, DQ and popcnt. False where they are
// not compiled.
bool HasAvx512();

}  // namespace bytepiece
