// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/random_avx512.h"

#include <vector>

#include "bytepiece/base/cpu_features.h"
#include "bytepiece/base/random.h"
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"
#include "tests/support/catch.h"

namespace bytepiece {
namespace {

// 27 bits, then 26.
double Double(std::uint32_t first, std::uint32_t second) {
  return (static_cast<double>(first >> 5) * 0x1p26 + static_cast<double>(second >> 6)) * 0x1p-53;
}

TEST_CASE("eight blocks at once are eight blocks") {
  if (!HasAvx512()) {
    WARN("no AVX-512 here: not tested");
    return;
  }
  const std::array<std::uint32_t, 4> counter = {4000000000, 7, 0x76543210, 0xFEDCBA98};
  const std::array<std::uint32_t, 2> key = {0x89ABCDEF, 0xF1234567};
  for (const std::size_t blocks : {0, 7, 8, 23, 40}) {
    std::vector<double> numbers(2 * blocks, -1);
    const std::size_t done = FillAvx512(counter, key, blocks, numbers.data());
    CHECK(done == blocks / 8 * 8);
    for (std::size_t i = 0; i < blocks; ++i) {
      CAPTURE(blocks, i);
      const auto block = static_cast<std::uint32_t>(counter[0] + i);
      const auto words = Philox4x32({block, counter[1], counter[2], counter[3]}, key);
      CHECK(numbers[2 * i] == (i < done ? Double(words[0], words[1]) : -1));
      CHECK(numbers[2 * i + 1] == (i < done ? Double(words[2], words[3]) : -1));
    }
  }
}

}  // namespace
}  // namespace bytepiece
