// SPDX-License-Identifier: Apache-2.0
// What the processor that runs this has.
#pragma once

namespace bytepiece {

// Whether it runs the AVX-512 kernels: foundation, BW, VL, DQ and popcnt. False where they are
// not compiled.
bool HasAvx512();

}  // namespace bytepiece
