// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/text/normalizer.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "bytepiece/base/utf8.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

std::string Nfc(std::string_view text) {
  std::string buffer;
  return std::string(Normalize(Normalization::kNfc, text, &buffer));
}

// FNV-1a, 64 bits.
std::uint64_t Digest(std::string_view bytes) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
  return hash;
}

std::string Repeat(std::string_view unit, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += unit;
  return result;
}

// The digests in the next three tests are of what CPython 3.11's
// unicodedata.normalize("NFC", text), Unicode 14.0.0, gives for the same text.

TEST_CASE("every character alone and among marks is that of Unicode 14") {
  std::string text;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    text += EncodeUtf8(c) + "\na" + EncodeUtf8(c) + "\u0316\u0301\n";
  }
  REQUIRE(text.size() == 16549632);
  CHECK(Digest(Nfc(text)) == 0x5FF23C380F4B342C);
}

TEST_CASE("pairs that may compose do as in Unicode 14") {
  constexpr char32_t kSeconds[] = {0x300,  0x301,  0x303,  0x307,   0x308,   0x323,  0x327,
                                   0x338,  0x345,  0x93C,  0x9BE,   0x102E,  0x1161, 0x11A8,
                                   0x1B35, 0x3099, 0x309A, 0x110BA, 0x11127, 0x1133E};
  std::string text;
  const auto add = [&](char32_t first) {
    for (const char32_t second : kSeconds) text += EncodeUtf8(first) + EncodeUtf8(second) + "\n";
  };
  for (char32_t c = 0x41; c < 0x3100; ++c) add(c);
  for (char32_t c = 0xAC00; c < 0xD7A4; c += 7) add(c);
  for (char32_t c = 0x11000; c < 0x11600; ++c) add(c);
  REQUIRE(text.size() == 2081674);
  CHECK(Digest(Nfc(text)) == 0xDAF33B54E26C4FA1);
}

TEST_CASE("a run of marks too long for ICU is composed by the book") {
  constexpr char32_t kMarks[] = {0x300,   0x301,   0x308,  0x316,  0x323, 0x327,
                                 0x334,   0x344,   0x345,  0xF73,  0x93C, 0x3099,
                                 0x1D165, 0x1D16E, 0x1161, 0x11A8, 0x9BE};
  std::string text = "e";
  std::uint64_t state = 1;
  for (int i = 0; i < 20000; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    text += EncodeUtf8(kMarks[(state >> 33) % std::size(kMarks)]);
  }
  REQUIRE(text.size() == 51857);
  CHECK(Digest(Nfc(text)) == 0x48B40159D4B720AC);
}

TEST_CASE("a million marks out of order take no quadratic time") {
  const int n = 500000;
  const std::string expected = "\u00E1" + Repeat("\u0316", n) + Repeat("\u0301", n - 1);
  CHECK(Nfc("a" + Repeat("\u0301\u0316", n)) == expected);
  CHECK(Nfc("x\u1100" + Repeat("\u1161", n)) == "x\uAC00" + Repeat("\u1161", n - 1));
}

TEST_CASE("nothing below U+0300 needs normalising") {
  // What the look at single bytes stands on. A mark here and there makes ICU look
  // at every block.
  std::string text;
  for (char32_t a = 0; a < 0x300; ++a) {
    std::string row;
    for (char32_t b = 0; b < 0x300; ++b) row += EncodeUtf8(a) + EncodeUtf8(b);
    REQUIRE(std::all_of(row.begin(), row.end(), [](unsigned char byte) { return byte < 0xCC; }));
    text += row + "q\u0301";
  }
  CHECK(Nfc(text) == text);
}

TEST_CASE("characters assigned after Unicode 14 pass through") {
  for (const char* text : {
           "\U000105D2\u0307",               // composes in Unicode 16
           "a\U0001E4EC\u0316",              // a mark of class 232 in Unicode 15
           "\u0301\U00010EFD\u0316",         // class 220
           "\U0001E4EC\U0001E4EE\U0001E4EC"  // 232, 220
       }) {
    CHECK(Nfc(text) == text);
  }
  CHECK(Nfc("e\u0301\U0001E4EC\u0316e\u0301") == "\u00E9\U0001E4EC\u0316\u00E9");
}

TEST_CASE("normalised text and any text without normalisation is not copied") {
  for (const std::string& text :
       {std::string("plain"), std::string("caf\u00E9 \u4E2D \uAC00"),
        std::string("\xFF\xC0\x80 \xED\xA0\x80"), Repeat("\u4E2D", 9999), std::string("x\u0301")}) {
    std::string buffer = "untouched";
    CHECK(Normalize(Normalization::kNfc, text, &buffer).data() == text.data());
    CHECK(buffer == "untouched");
  }
  const std::string text = "e\u0301";
  std::string buffer;
  CHECK(Normalize(Normalization::kNone, text, &buffer).data() == text.data());
}

// Each stretch of valid UTF-8 on its own, the bytes between as they are.
std::string NfcOfValidStretches(std::string_view text) {
  std::string result;
  std::string valid;
  while (!text.empty()) {
    const Utf8Char c = DecodeUtf8Char(text);
    if (c.valid) {
      valid += text.substr(0, c.length);
    } else {
      result += Nfc(valid) + text[0];
      valid.clear();
    }
    text.remove_prefix(c.length);
  }
  return result + Nfc(valid);
}

TEST_CASE("broken bytes pass through, and nothing composes across them") {
  for (const std::string& text : AwkwardDocuments()) CHECK(Nfc(text) == NfcOfValidStretches(text));
  const std::uint64_t seed = 14;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 3000; ++i) {
    const std::string text = i % 2 == 0 ? random.MutatedUtf8(1 + random.Below(120))
                                        : random.Over("ea\xCC\x81\x96\xE1\x84\x85\xA1\xFF", 60);
    CAPTURE(text);
    REQUIRE(Nfc(text) == NfcOfValidStretches(text));
  }
}

TEST_CASE("where a long text is cut into blocks does not show") {
  for (int before = 4000; before < 4200; ++before) {
    const std::string x(before, 'x');
    const std::string y(9000, 'y');
    REQUIRE(Nfc(x + "e\u0301" + y) == x + "\u00E9" + y);
    REQUIRE(Nfc(x + "\u1112\u1161\u11AB" + y) == x + "\uD55C" + y);
  }
  RandomText random(15);
  for (int i = 0; i < 20; ++i) {
    const std::string text = random.MutatedUtf8(20000);
    REQUIRE(Nfc(text) == NfcOfValidStretches(text));
    REQUIRE(Nfc(Nfc(text)) == Nfc(text));
  }
}

TEST_CASE("positions lead back to the original") {
  //                        0123  4     6
  const std::string text =
      "caf"
      "e\u0301 au \u212B";
  std::string buffer;
  OffsetMap offsets;
  const std::string_view normalized = Normalize(Normalization::kNfc, text, &buffer, &offsets);
  REQUIRE(normalized == "caf\u00E9 au \u00C5");
  CHECK_FALSE(offsets.identity());
  const std::vector<std::int64_t> expected = {0, 1, 2, 3, 6, 6, 7, 8, 9, 10, 13, 13};
  REQUIRE(expected.size() == normalized.size() + 1);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(offsets.ToOriginal(static_cast<std::int64_t>(i)) == expected[i]);
  }
  Normalize(Normalization::kNfc, "plain", &buffer, &offsets);
  CHECK(offsets.identity());
  CHECK(offsets.ToOriginal(3) == 3);
}

void CheckOffsets(const std::string& text) {
  CAPTURE(text);
  std::string buffer;
  OffsetMap offsets;
  const std::string_view normalized = Normalize(Normalization::kNfc, text, &buffer, &offsets);
  REQUIRE(normalized == Nfc(text));
  REQUIRE(offsets.ToOriginal(0) == 0);
  const auto size = static_cast<std::int64_t>(normalized.size());
  REQUIRE(offsets.ToOriginal(size) == static_cast<std::int64_t>(text.size()));
  std::int64_t begin = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t end = offsets.ToOriginal(i + 1);
    REQUIRE(end >= begin);
    // No rewritten stretch is a single byte, so one that is was not rewritten.
    if (end == begin + 1) REQUIRE(text[begin] == normalized[i]);
    // A stretch that was rewritten gives its own part of the normalised text.
    if (end > begin + 1) {
      std::int64_t last = i + 1;
      while (last < size && offsets.ToOriginal(last + 1) == end) ++last;
      REQUIRE(Nfc(text.substr(begin, end - begin)) == normalized.substr(i, last - i));
    }
    begin = end;
  }
}

TEST_CASE("positions ascend, cover the text, and only rewritten stretches jump") {
  for (const std::string& text : AwkwardDocuments()) CheckOffsets(text);
  CheckOffsets(Repeat("e\u0301", 5000));
  const std::uint64_t seed = 16;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 1000; ++i) CheckOffsets(random.MutatedUtf8(1 + random.Below(200)));
}

TEST_CASE("positions do not depend on where lines were cut apart before") {
  const std::uint64_t seed = 16384;
  CAPTURE(seed);
  RandomText random(seed);
  const std::string units[] = {"a",       "\n",           "\u0301", "\u0316",
                               "e\u0301", "\xE4\xB8\xAD", "\xFF",   "\u1112\u1161\u11AB"};
  for (int i = 0; i < 30; ++i) {
    CAPTURE(i);
    std::string text;
    while (text.size() < 40000) {
      // Also runs of marks beyond a block, right after a line's end, in and out of order.
      const std::size_t times = random.Below(30) == 0 ? random.Below(9000) : random.Below(40);
      const std::string& unit = units[random.Below(8)];
      const std::string& other = units[random.Below(8)];
      for (std::size_t j = 0; j < times; ++j) text += random.Below(9) == 0 ? other : unit;
      if (random.Below(3) == 0) text += "\n\u0301\u0316";
    }
    std::string buffer;
    OffsetMap whole;
    const std::string normalized(Normalize(Normalization::kNfc, text, &buffer, &whole));
    std::string joined;
    for (std::size_t begin = 0; begin < text.size();) {
      std::size_t end = text.find('\n', std::min(text.size(), begin + random.Below(3000)));
      end = end == text.npos ? text.size() : end + 1;
      OffsetMap part;
      const std::string_view found = Normalize(
          Normalization::kNfc, std::string_view(text).substr(begin, end - begin), &buffer, &part);
      for (std::size_t at = 0; at <= found.size(); ++at) {
        CAPTURE(begin, end, at);
        REQUIRE(part.ToOriginal(static_cast<std::int64_t>(at)) + static_cast<std::int64_t>(begin) ==
                whole.ToOriginal(static_cast<std::int64_t>(joined.size() + at)));
      }
      joined += found;
      begin = end;
    }
    REQUIRE(joined == normalized);
  }
}

TEST_CASE("ICU is at hand") { CHECK(CheckNormalizer().ok()); }

std::string NfcOfParts(std::string_view text, std::size_t cut) {
  return Nfc(text.substr(0, cut)) + Nfc(text.substr(cut));
}

TEST_CASE("at a boundary, text can be cut and goes on as it likes") {
  const std::uint64_t seed = 1215;
  CAPTURE(seed);
  RandomText random(seed);
  const std::string_view alphabet("ae\xCC\x81\xCC\x96\xE1\x84\x80\xE1\x85\xA1\xFF\n", 14);
  for (int i = 0; i < 2000; ++i) {
    const std::string text =
        i % 2 == 0 ? random.MutatedUtf8(1 + random.Below(20)) : random.Over(alphabet, 12);
    CAPTURE(text);
    for (std::size_t known = 0; known <= text.size(); ++known) {
      const std::string_view start = std::string_view(text).substr(0, known);
      const std::size_t boundary = LastBoundary(Normalization::kNfc, start, 0);
      REQUIRE(boundary <= known);
      REQUIRE(NfcOfParts(text, boundary) == Nfc(text));
      for (const std::size_t from : {boundary, boundary + 1}) {
        REQUIRE(LastBoundary(Normalization::kNfc, start, from) ==
                (from == boundary ? boundary : 0));
      }
    }
  }
}

TEST_CASE("the last boundary is as far to the right as it can be") {
  CHECK(LastBoundary(Normalization::kNone, "e\u0301", 0) == 3);
  CHECK(LastBoundary(Normalization::kNfc, "", 0) == 0);
  CHECK(LastBoundary(Normalization::kNfc, "\u4E2D", 0) == 3);
  CHECK(LastBoundary(Normalization::kNfc, "\u4E2D\u6587\xE4\xB8", 0) == 6);
  CHECK(LastBoundary(Normalization::kNfc, "ab", 0) == 1);
  CHECK(LastBoundary(Normalization::kNfc, "ab\n", 0) == 3);
  CHECK(LastBoundary(Normalization::kNfc, "abe\u0301", 0) == 2);
  CHECK(LastBoundary(Normalization::kNfc, "ab\x80\x80\x80\x80", 0) == 6);
}

TEST_CASE("blocks are the same when more of the text is known") {
  RandomText random(1216);
  std::string text = random.MutatedUtf8(30000);
  for (int i = 0; i < 5000; ++i) text += "\u0301";
  text += random.MutatedUtf8(9000);
  const std::string_view whole = text;
  for (const Normalization form : {Normalization::kNfc, Normalization::kNone}) {
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t length = FirstBlock(form, whole.substr(begin));
      REQUIRE(length > 0);
      // Known to its end it is only when that is not the end of what is known.
      for (std::size_t known = length - std::min<std::size_t>(length, 9); known < length + 9;
           ++known) {
        const std::size_t found = FirstBlock(form, whole.substr(begin, known));
        REQUIRE((found == length || found + kBlockContext > known));
      }
      const std::size_t enough = std::max<std::size_t>(length, 4096) + kBlockContext;
      for (std::size_t known = enough; known < enough + 5; ++known) {
        REQUIRE(FirstBlock(form, whole.substr(begin, known)) == length);
      }
      begin += length;
    }
  }
  CHECK(FirstBlock(Normalization::kNfc, "") == 0);
}

}  // namespace
}  // namespace bytepiece
