// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/piece_borders.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

struct Case {
  std::string piece;
  bool spaces, punctuation, newlines;  // whether each rule alone allows it
};

TEST_CASE("each rule forbids its own border alone") {
  const Case cases[] = {
      {"word", true, true, true},
      {" of", true, true, true},
      {"   of", true, true, true},
      {"of ", false, true, true},
      {" of the", false, true, true},
      {"\t\t", true, true, true},
      {"a\tb", false, true, true},
      {"\u4E00\u3000\u4E8C", false, true, true},
      {"end)", true, false, true},
      {"(end", true, false, true},
      {").", true, true, true},
      {" (", true, true, true},
      {"a, b", false, false, true},
      {", ", false, true, true},
      {"\u4E00\u4E8C", true, true, true},
      {"\u4E00\uFF0C", true, false, true},
      {"\u3002\u300D", true, true, true},
      {"don't", true, false, true},
      {"snake_case", true, false, true},
      {"3.14", true, false, true},
      {"\xD9\x84\xD8\x8C", true, false, true},  // a letter and a comma, Arabic
      {"\xC3\xA9t\xC3\xA9", true, true, true},
      {"\xE0\xA4\x95\xE0\xA4\xBF", true, true, true},  // a letter and its vowel sign
      {";\n", true, true, false},
      {"\n\n", true, true, true},
      {" \n", true, true, false},
      {"x\n\n", true, true, false},
      {"\xFF\x80", true, true, true},
      {"\xFF.", true, false, true},
  };
  for (const Case& one : cases) {
    CAPTURE(one.piece);
    TrainerSpec spec;
    CHECK(MayCrossAll(spec));
    CHECK(MayBePiece(one.piece, spec));
    spec.cross_spaces = false;
    CHECK_FALSE(MayCrossAll(spec));
    CHECK(MayBePiece(one.piece, spec) == one.spaces);
    spec.cross_spaces = true;
    spec.cross_punctuation = false;
    CHECK(MayBePiece(one.piece, spec) == one.punctuation);
    spec.cross_punctuation = true;
    spec.cross_newlines = false;
    CHECK(MayBePiece(one.piece, spec) == one.newlines);
    spec.cross_spaces = false;
    spec.cross_punctuation = false;
    CHECK(MayBePiece(one.piece, spec) == (one.spaces && one.punctuation && one.newlines));
  }
}

TEST_CASE("single bytes may be pieces, and so may the parts of what may be") {
  TrainerSpec spec;
  spec.cross_spaces = spec.cross_punctuation = spec.cross_newlines = false;
  for (int byte = 0; byte < 256; ++byte) {
    CHECK(MayBePiece(std::string(1, static_cast<char>(byte)), spec));
  }
  RandomText random(5);
  const std::string alphabet = "ab .,\n\t";
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (std::size_t length = 2 + random.Below(5); text.size() < length;) {
      text += alphabet[random.Below(alphabet.size())];
    }
    bool parts_may = true;
    for (std::size_t cut = 0; cut + 1 < text.size(); ++cut) {
      parts_may &= MayBePiece(text.substr(cut, 2), spec);
    }
    CAPTURE(text);
    // A rule is about two neighbours.
    CHECK(MayBePiece(text, spec) == parts_may);
  }
}

}  // namespace
}  // namespace bytepiece
