// SPDX-License-Identifier: Apache-2.0
// Finds out whether LibTorch multiplies matrices with the reference BLAS, into which most of
// training's time then goes: on one core of a machine of 2023 it is some 15 times slower than
// OpenBLAS.
#pragma once

#include <string>

namespace bytepiece::lm {

// The file of the reference BLAS that this process uses; empty if it uses another, or if
// that cannot be told.
std::string ReferenceBlas();

// Says so to standard error, the first time it is called.
void WarnOfReferenceBlas();

}  // namespace bytepiece::lm
