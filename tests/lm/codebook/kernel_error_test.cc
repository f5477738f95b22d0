// SPDX-License-Identifier: Apache-2.0
#include "lm/codebook/kernel_error.h"

#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

KernelError Measure(ShareKind kind, std::int64_t size, std::int64_t clusters, double spread = 0.2) {
  return MeasureKernelError({.codebook = {.kind = kind, .codes = size, .decay = 0.8},
                             .key_width = 8,
                             .clusters = clusters,
                             .spread = spread});
}

TEST_CASE("the kernel's error falls with the features, and with the codes where keys cluster") {
  const double few = Measure(ShareKind::kPerformer, 64, 0).median;
  const double many = Measure(ShareKind::kPerformer, 1024, 0).median;
  // 16 times as many: a quarter of the error, as of any average.
  CHECK(many < 0.5 * few);
  CHECK(many > 0.15 * few);
  // As many codes as clusters, and hardly any spread: nothing is left to be wrong.
  CHECK(Measure(ShareKind::kHard, 4, 16, 1e-4).median > 0.1);
  CHECK(Measure(ShareKind::kHard, 64, 16, 1e-4).median < 1e-3);
  CHECK(Measure(ShareKind::kHard, 64, 16, 1e-4).attention < 1e-3);
  CHECK(Measure(ShareKind::kHard, 64, 0).median > 0.05);
  CHECK(Measure(ShareKind::kHard, 64, 0).attention > 0.05);
  CHECK(Measure(ShareKind::kSoft, 64, 16).root_mean_square <
        Measure(ShareKind::kSoft, 2, 16).root_mean_square);
}

TEST_CASE("the kernel's error is a function of the options") {
  const KernelError a = Measure(ShareKind::kHard, 16, 8), b = Measure(ShareKind::kHard, 16, 8);
  CHECK(a.root_mean_square == b.root_mean_square);
  CHECK(a.median == b.median);
}

}  // namespace
}  // namespace bytepiece::lm
