// SPDX-License-Identifier: Apache-2.0
// Our NFC against ICU's, on text whose characters Unicode 14 has; bytes that are no UTF-8 stay, and
// what is between them is normalised on its own. Offsets ascend and cover the text.
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <string>
#include <string_view>

#include "bytepiece/text/normalizer.h"
#include "tests/fuzz/fuzz_input.h"

namespace bytepiece {
namespace {

std::string IcuNfc(std::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const nfc = icu::Normalizer2::getNFCInstance(error);
  const icu::UnicodeString in =
      icu::UnicodeString::fromUTF8({text.data(), static_cast<int>(text.size())});
  std::string out;
  nfc->normalize(in, error).toUTF8String(out);
  FUZZ_REQUIRE(U_SUCCESS(error));
  return out;
}

// Whether Unicode 14 had the character.
bool IsOld(UChar32 c) {
  UVersionInfo age = {};
  u_charAge(c, age);
  return age[0] != 0 && age[0] <= 14;
}

// The text by the definition: maximal stretches of valid characters by ICU, other bytes kept.
// False if a character is newer than Unicode 14, or of no version.
bool Expected(std::string_view text, std::string* out) {
  std::string valid;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t i = 0; i < size;) {
    const std::int32_t begin = i;
    UChar32 c = 0;
    U8_NEXT(bytes, i, size, c);
    if (c >= 0) {
      if (!IsOld(c)) return false;
      valid += text.substr(begin, i - begin);
      continue;
    }
    *out += IcuNfc(valid);
    valid.clear();
    *out += text.substr(begin, i - begin);
  }
  *out += IcuNfc(valid);
  return true;
}

}  // namespace
}  // namespace bytepiece

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bytepiece;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string buffer;
  OffsetMap offsets;
  const std::string normalized(Normalize(Normalization::kNfc, text, &buffer, &offsets));
  std::string expected;
  if (Expected(text, &expected)) FUZZ_REQUIRE(normalized == expected);
  std::int64_t before = 0;
  for (std::size_t i = 0; i <= normalized.size(); ++i) {
    const std::int64_t at = offsets.ToOriginal(static_cast<std::int64_t>(i));
    FUZZ_REQUIRE(at >= before && at <= static_cast<std::int64_t>(size));
    before = at;
  }
  FUZZ_REQUIRE(before == static_cast<std::int64_t>(size));
  const std::string again(Normalize(Normalization::kNfc, normalized, &buffer));
  FUZZ_REQUIRE(again == normalized);
  // Blocks, as streams cut them, give the same.
  std::string in_blocks;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t block = FirstBlock(Normalization::kNfc, rest);
    FUZZ_REQUIRE(block > 0 && block <= rest.size());
    in_blocks += Normalize(Normalization::kNfc, rest.substr(0, block), &buffer);
    rest.remove_prefix(block);
  }
  FUZZ_REQUIRE(in_blocks == normalized);
  return 0;
}
