// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/quoted.h"

#include "bytepiece/base/utf8.h"
#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("a quotation is cut where it is long, between characters") {
  CHECK(Quoted("") == "\"\"");
  CHECK(Quoted(std::string(60, 'a')) == "\"" + std::string(60, 'a') + "\"");
  CHECK(Quoted(std::string(61, 'a')) == "\"" + std::string(60, 'a') + "...\"");
  for (int shift = 0; shift < 4; ++shift) {
    std::string text(shift, 'a');
    for (int i = 0; i < 30; ++i) text += "😀";
    CHECK(IsValidUtf8(Quoted(text)));
    CHECK(Quoted(text).size() >= 57 + 5);
  }
  CHECK(Quoted(std::string(100, '\x80')).size() < 70);
}

}  // namespace
}  // namespace bytepiece
