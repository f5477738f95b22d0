// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/character_counter.h"

#include <string>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("characters that begin before an offset are counted, invalid bytes one by one") {
  const std::string text = "a\u4E16\xFF\x80\u00E9";
  const std::int64_t expected[] = {0, 1, 2, 2, 2, 3, 4, 5, 5};
  CharacterCounter in_turn(text);
  for (std::int64_t offset = 0; offset <= 8; ++offset) {
    CAPTURE(offset);
    CHECK(CharacterCounter(text).Before(offset) == expected[offset]);
    CHECK(in_turn.Before(offset) == expected[offset]);
  }
}

}  // namespace
}  // namespace bytepiece
