// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/text/normalizer.h"

#include <unicode/bytestream.h>
#include <unicode/edits.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <new>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/base/utf8.h"
#include "bytepiece/text/nfc_scan.h"

namespace bytepiece {
namespace {

// Text is normalised in blocks of about this size: a change in a long text costs
// a copy of its block only, ICU's lengths are 32-bit, and ICU's time is quadratic
// in the length of a run of combining marks.
constexpr std::size_t kBlockBytes = 4096;

// A longer block holds a run of characters that may all depend on each other,
// such as thousands of combining marks.
constexpr std::size_t kLongBlockBytes = 2 * kBlockBytes;

// ICU has no exceptions: what it could not make for want of memory is null or bogus, and what it
// gives instead is shorter.
void ThrowIfOutOfMemory(bool is_out_of_memory) {
  if (is_out_of_memory) throw std::bad_alloc();
}

// ICU's objects, made once; immutable and safe to share from then on. Throws std::bad_alloc.
struct Nfc {
  Nfc() {
    current = icu::Normalizer2::getNFCInstance(error);
    assigned.reset(new icu::UnicodeSet(u"[:age=14.0:]", error));
    ThrowIfOutOfMemory(error == U_MEMORY_ALLOCATION_ERROR || assigned == nullptr);
    if (U_FAILURE(error)) return;
    assigned->freeze();
    unicode_14.reset(new icu::FilteredNormalizer2(*current, *assigned));
    ThrowIfOutOfMemory(assigned->isBogus() || unicode_14 == nullptr);
  }

  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* current = nullptr;  // of the Unicode version ICU knows
  std::unique_ptr<icu::UnicodeSet> assigned;  // in Unicode 14
  std::unique_ptr<icu::FilteredNormalizer2> unicode_14;
};

const Nfc& SharedNfc() {
  static const Nfc nfc;
  return nfc;
}

icu::StringPiece Piece(std::string_view text) {
  return {text.data(), static_cast<std::int32_t>(text.size())};
}

// Whether NFC never joins what stands before the character that begins at `at` to it.
bool IsBoundary(const Nfc& nfc, std::string_view text, std::size_t at) {
  const Utf8Char c = DecodeUtf8Char(text.substr(at));
  if (!c.valid || nfc.unicode_14->hasBoundaryBefore(static_cast<UChar32>(c.code_point)))
    return true;
  const Utf8Char before = LastUtf8Char(text.substr(0, at));
  return !before.valid || nfc.unicode_14->hasBoundaryAfter(static_cast<UChar32>(before.code_point));
}

// Length of the first block: up to the last boundary within about kBlockBytes, or else the first
// one. So characters that may all depend on each other are a block of their own if they are too
// many, wherever the text around them was cut before.
std::size_t BlockLength(const Nfc& nfc, std::string_view text) {
  if (text.size() <= kBlockBytes) return text.size();
  std::size_t middle = kBlockBytes;
  // To the end of the character cut here. A fourth continuation byte is broken.
  for (int i = 0; i < 3 && middle < text.size() && IsUtf8Continuation(text[middle]); ++i) ++middle;
  if (middle == text.size()) return middle;
  for (std::size_t end = middle; end > 0;) {
    if (IsBoundary(nfc, text, end)) return end;
    end -= static_cast<std::size_t>(LastUtf8Char(text.substr(0, end)).length);
  }
  std::size_t end = middle;
  while (end < text.size() && !IsBoundary(nfc, text, end)) {
    end += static_cast<std::size_t>(DecodeUtf8Char(text.substr(end)).length);
  }
  return end;
}

// Unicode's quick check (UAX #15, 9): whether it says yes. A character that is not
// sensitive has class 0 and is allowed.
bool QuickCheck(std::string_view block) {
  std::size_t mark_end = 0;
  std::uint8_t mark_class = 0;
  for (std::size_t at = 0; (at = FindNfcSensitive(block, at)) < block.size();) {
    const Utf8Char c = DecodeUtf8Char(block.substr(at));
    const auto code_point = static_cast<UChar32>(c.code_point);
    const std::uint8_t combining_class = u_getCombiningClass(code_point);
    if (u_getIntPropertyValue(code_point, UCHAR_NFC_QUICK_CHECK) != UNORM_YES) return false;
    if (at == mark_end && combining_class < mark_class && combining_class != 0) return false;
    mark_class = combining_class;
    mark_end = at += static_cast<std::size_t>(c.length);
  }
  return true;
}

// A text that is NFC for a later Unicode is NFC for Unicode 14 too: NFC holds
// for every substring, and the filter only cuts the text into substrings. So the
// unfiltered check, which is much faster, decides most blocks of which the quick
// check is not sure.
bool IsNormalized(const Nfc& nfc, std::string_view block) {
  if (QuickCheck(block)) return true;
  if (block.size() > kLongBlockBytes) return false;
  UErrorCode error = U_ZERO_ERROR;
  return nfc.current->isNormalizedUTF8(Piece(block), error) && U_SUCCESS(error);
}

// A character, or a byte that is none, on its way through the composition of a
// long block.
struct Unit {
  std::uint32_t value : 23;  // code point, or kBrokenByte + byte
  std::uint32_t combining_class : 8;
};
static_assert(sizeof(Unit) == 4);
constexpr std::uint32_t kBrokenByte = 0x110000;

std::vector<Unit> Decompose(const icu::Normalizer2& nfc, std::string_view block) {
  std::vector<Unit> units;
  icu::UnicodeString decomposition;
  while (!block.empty()) {
    const Utf8Char c = DecodeUtf8Char(block);
    const auto code_point = static_cast<UChar32>(c.code_point);
    if (!c.valid) {
      units.push_back({kBrokenByte + static_cast<unsigned char>(block[0]), 0});
    } else if (!nfc.getDecomposition(code_point, decomposition)) {
      units.push_back({c.code_point, nfc.getCombiningClass(code_point)});
    } else {
      ThrowIfOutOfMemory(decomposition.isBogus());
      for (std::int32_t i = 0; i < decomposition.length(); i = decomposition.moveIndex32(i, 1)) {
        const UChar32 part = decomposition.char32At(i);
        units.push_back({static_cast<std::uint32_t>(part), nfc.getCombiningClass(part)});
      }
    }
    block.remove_prefix(static_cast<std::size_t>(c.length));
  }
  return units;
}

// Sorts each run of marks by combining class, equal ones staying in order.
void SortMarks(std::vector<Unit>* units) {
  const auto is_mark = [](const Unit& unit) { return unit.combining_class != 0; };
  for (auto run = units->begin(); run != units->end();) {
    const auto begin = std::find_if(run, units->end(), is_mark);
    run = std::find_if_not(begin, units->end(), is_mark);
    std::stable_sort(begin, run, [](const Unit& a, const Unit& b) {
      return a.combining_class < b.combining_class;
    });
  }
}

// Joins what composes with the starter before it, unless a unit between the two
// blocks it: a starter, or a mark of no lower class.
void Compose(const icu::Normalizer2& nfc, std::vector<Unit>* units) {
  constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t starter = kNone;
  std::size_t size = 0;
  for (const Unit unit : *units) {
    const bool blocked =
        starter == kNone || unit.value >= kBrokenByte ||
        (starter + 1 < size && (*units)[size - 1].combining_class >= unit.combining_class);
    if (!blocked) {
      const UChar32 composite = nfc.composePair(static_cast<UChar32>((*units)[starter].value),
                                                static_cast<UChar32>(unit.value));
      if (composite >= 0) {
        (*units)[starter].value = static_cast<std::uint32_t>(composite);
        continue;
      }
    }
    if (unit.combining_class == 0) starter = unit.value < kBrokenByte ? size : kNone;
    (*units)[size++] = unit;
  }
  units->resize(size);
}

// The three steps of NFC as the Unicode Standard has them (3.11), in linear time.
void AppendLongBlock(const icu::Normalizer2& nfc, std::string_view block, std::string* buffer) {
  std::vector<Unit> units = Decompose(nfc, block);
  SortMarks(&units);
  Compose(nfc, &units);
  for (const Unit unit : units) {
    char bytes[U8_MAX_LENGTH];
    std::size_t length = 0;
    if (unit.value >= kBrokenByte) {
      bytes[length++] = static_cast<char>(unit.value - kBrokenByte);
    } else {
      U8_APPEND_UNSAFE(bytes, length, unit.value);
    }
    buffer->append(bytes, length);
  }
}

void AppendNormalized(const Nfc& nfc, std::string_view block, std::int64_t block_begin,
                      std::string* buffer, OffsetMap* offsets) {
  const auto buffer_begin = static_cast<std::int64_t>(buffer->size());
  const auto block_end = block_begin + static_cast<std::int64_t>(block.size());
  if (block.size() > kLongBlockBytes) {
    AppendLongBlock(*nfc.unicode_14, block, buffer);
    const bool same = std::string_view(*buffer).substr(buffer_begin) == block;
    if (offsets != nullptr && !same) {
      const auto buffer_end = static_cast<std::int64_t>(buffer->size());
      offsets->AddChange({block_begin, block_end}, {buffer_begin, buffer_end});
    }
    return;
  }
  UErrorCode error = U_ZERO_ERROR;
  icu::Edits edits;
  icu::StringByteSink<std::string> sink(buffer);
  nfc.unicode_14->normalizeUTF8(0, Piece(block), sink, offsets == nullptr ? nullptr : &edits,
                                error);
  ThrowIfOutOfMemory(U_FAILURE(error));  // nothing else can go wrong
  if (offsets == nullptr) return;
  icu::Edits::Iterator change = edits.getFineChangesIterator();
  while (change.next(error)) {
    const std::int64_t original = block_begin + change.sourceIndex();
    const std::int64_t normalized = buffer_begin + change.destinationIndex();
    offsets->AddChange({original, original + change.oldLength()},
                       {normalized, normalized + change.newLength()});
  }
  ThrowIfOutOfMemory(U_FAILURE(error));
}

}  // namespace

std::int64_t OffsetMap::ToOriginal(std::int64_t normalized) const {
  const auto after =
      std::lower_bound(changes_.begin(), changes_.end(), normalized,
                       [](const Change& c, std::int64_t p) { return c.normalized.begin < p; });
  if (after == changes_.begin()) return normalized;
  const Change& change = *(after - 1);
  return change.original.end + std::max<std::int64_t>(0, normalized - change.normalized.end);
}

absl::Status CheckNormalizer() {
  return CatchExceptions([] {
    const Nfc& nfc = SharedNfc();
    if (U_SUCCESS(nfc.error)) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("ICU cannot normalise: ", u_errorName(nfc.error)));
  });
}

std::size_t FirstBlock(Normalization form, std::string_view text) {
  const Nfc& nfc = SharedNfc();
  if (form == Normalization::kNone || U_FAILURE(nfc.error)) {
    return std::min(text.size(), kBlockBytes);
  }
  return BlockLength(nfc, text);
}

std::size_t LastBoundary(Normalization form, std::string_view text, std::size_t from) {
  const Nfc& nfc = SharedNfc();
  if (form == Normalization::kNone || U_FAILURE(nfc.error)) return text.size();
  std::size_t end = text.size() - IncompleteUtf8Suffix(text);
  for (bool is_last = true; end > 0 && end >= from; is_last = false) {
    const Utf8Char c = LastUtf8Char(text.substr(0, end));
    const auto code_point = static_cast<UChar32>(c.code_point);
    // Nothing composes with a byte that is no character.
    if (is_last && (!c.valid || nfc.unicode_14->hasBoundaryAfter(code_point))) return end;
    end -= static_cast<std::size_t>(c.length);
    if (end < from) return 0;
    if (!c.valid || nfc.unicode_14->hasBoundaryBefore(code_point)) return end;
  }
  return 0;
}

std::string_view Normalize(Normalization form, std::string_view text, std::string* buffer,
                           OffsetMap* offsets) {
  if (offsets != nullptr) offsets->Clear();
  const Nfc& nfc = SharedNfc();
  if (form == Normalization::kNone || U_FAILURE(nfc.error)) return text;
  // Blocks that are normalised already are copied only once one was not.
  bool copied = false;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::string_view block = text.substr(begin, BlockLength(nfc, text.substr(begin)));
    if (IsNormalized(nfc, block)) {
      if (copied) buffer->append(block);
    } else {
      if (!copied) buffer->assign(text.substr(0, begin));
      copied = true;
      AppendNormalized(nfc, block, static_cast<std::int64_t>(begin), buffer, offsets);
    }
    begin += block.size();
  }
  return copied ? std::string_view(*buffer) : text;
}

}  // namespace bytepiece
