// SPDX-License-Identifier: Apache-2.0
// Measures how far the kernel of codebook attention is from exp(q.k), on random queries and keys.
//
// Queries are normal, divided by sqrt(Dk) as attention scales them; keys normal, or near to
// one of so many normal centres: learned codes can only be few where keys cluster, random
// features do not care.
#pragma once

#include <cstdint>

#include "lm/codebook/codebook.h"

namespace bytepiece::lm {

struct KernelErrorOptions {
  CodebookOptions codebook = {};
  std::int64_t key_width = 16;
  std::int64_t clusters = 0;  // 0: keys are normal
  double spread = 0.2;        // about a centre, in each coordinate
  std::uint64_t seed = 1;
};

struct KernelError {
  // The two measures of kernel(q, k) / exp(q.k) - 1.
  double root_mean_square = 0;  // of random features, it hangs on few large values
  double median = 0;            // of the absolute value
  // Half the summed difference of a query's attention to 1000 keys by either kernel,
  // averaged over queries: 0 to 1. A factor that depends on the query alone cancels out.
  double attention = 0;
};

// A function of its options. Codes that learn do so from keys of the same kind, other than
// those that they are measured on. Seeds LibTorch's default generator.
KernelError MeasureKernelError(const KernelErrorOptions& options);

}  // namespace bytepiece::lm
