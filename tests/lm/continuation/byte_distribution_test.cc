// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/byte_distribution.h"

#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

TEST_CASE("distributions are normalised and compared") {
  ByteDistribution a = {};
  REQUIRE(Normalize(&a) == 0);
  REQUIRE(a['x'] == 0);
  a['x'] = 3;
  a[kEndOfText] = 1;
  REQUIRE(Normalize(&a) == 4);
  REQUIRE(a['x'] == 0.75);
  ByteDistribution b = {};
  b['y'] = 0.5;
  b['x'] = 0.5;
  REQUIRE(TotalVariation(a, b) == 0.5);
  REQUIRE(TotalVariation(a, a) == 0);
}

}  // namespace
}  // namespace bytepiece::lm
