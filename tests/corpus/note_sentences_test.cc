// SPDX-License-Identifier: Apache-2.0
#include "corpus/note_sentences.h"

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("sentences name the first that were left out, and where the first was replaced") {
  InputNotes notes;
  CHECK(LeftOutSentence(notes).empty());
  CHECK(ReplacedSentence(notes).empty());
  for (const char* cause : {"a:1: no", "b:2: no", "c:3: no"}) notes.LeaveOut(cause);
  CHECK(LeftOutSentence(notes) == "left out as bad: 3; a:1: no; b:2: no; c:3: no");
  notes.LeaveOut("d:4: no");
  CHECK(LeftOutSentence(notes) == "left out as bad: 4; a:1: no; b:2: no; c:3: no; and so on");
  notes.replaced = 2;
  notes.first_replaced = "a:7";
  CHECK(ReplacedSentence(notes) ==
        "half surrogates in the text, replaced by U+FFFD: 2; the first in a:7");
}

}  // namespace
}  // namespace bytepiece
