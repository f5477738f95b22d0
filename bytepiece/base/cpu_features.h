// SPDX-License-Identifier: Apache-2.0
// Asks the processor that runs this what it has.
#pragma once

namespace bytepiece {

// Whether it runs the AVX-512 kernels: foundation, BW, VL, DQ and popcnt. False where they are
// not compiled.
bool HasAvx512();

}  // namespace bytepiece
