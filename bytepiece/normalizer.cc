// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/normalizer.h"

#include <unicode/bytestream.h>
#include <unicode/edits.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uniset.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "bytepiece/splitter.h"
#include "bytepiece/utf8.h"

namespace bytepiece {
namespace {

// ICU's lengths are 32-bit, and a change deep in a long text should not cost a
// second look at all of it, so text is normalised in blocks of about this size.
constexpr std::size_t kBlockBytes = std::size_t{1} << 18;

// U+0300, the first character that NFC may move, replace or compose, is CC 80.
constexpr unsigned char kFirstAffectedByte = 0xCC;

// ICU's objects, made once; immutable and safe to share from then on.
struct Nfc {
  Nfc() {
    current = icu::Normalizer2::getNFCInstance(error);
    assigned = std::make_unique<icu::UnicodeSet>(u"[:age=14.0:]", error);
    if (U_FAILURE(error)) return;
    assigned->freeze();
    unicode_14 = std::make_unique<icu::FilteredNormalizer2>(*current, *assigned);
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

bool MayNeedNfc(std::string_view text) {
  unsigned char largest = 0;
  for (const char byte : text) largest = std::max(largest, static_cast<unsigned char>(byte));
  return largest >= kFirstAffectedByte;
}

// Length of the first block: to a safe cut soon after kBlockBytes if there is
// one, else to the next character that NFC never joins to what stands before.
std::size_t BlockLength(const Nfc& nfc, std::string_view text) {
  if (text.size() <= kBlockBytes) return text.size();
  const std::string_view window = text.substr(0, 2 * kBlockBytes);
  const std::size_t cut = NextSafeCut(window, kBlockBytes);
  if (cut < window.size()) return cut;
  std::size_t end = kBlockBytes;
  while (end < text.size() && IsUtf8Continuation(text[end])) ++end;
  while (end < text.size()) {
    const Utf8Char c = DecodeUtf8Char(text.substr(end));
    if (!c.valid || nfc.current->hasBoundaryBefore(static_cast<UChar32>(c.code_point))) break;
    end += c.length;
  }
  return end;
}

// A text that is NFC for a later Unicode is NFC for Unicode 14 too: NFC holds
// for every substring, and the filter only cuts the text into substrings. So the
// unfiltered check, which is much faster, decides most blocks.
bool IsNormalized(const Nfc& nfc, std::string_view block) {
  if (!MayNeedNfc(block)) return true;
  UErrorCode error = U_ZERO_ERROR;
  return nfc.current->isNormalizedUTF8(Piece(block), error) && U_SUCCESS(error);
}

void AppendNormalized(const Nfc& nfc, std::string_view block, std::int64_t block_begin,
                      std::string* buffer, OffsetMap* offsets) {
  const auto buffer_begin = static_cast<std::int64_t>(buffer->size());
  UErrorCode error = U_ZERO_ERROR;
  icu::Edits edits;
  icu::StringByteSink<std::string> sink(buffer);
  nfc.unicode_14->normalizeUTF8(0, Piece(block), sink, offsets == nullptr ? nullptr : &edits,
                                error);
  if (offsets == nullptr) return;
  icu::Edits::Iterator change = edits.getFineChangesIterator();
  while (change.next(error)) {
    const std::int64_t original = block_begin + change.sourceIndex();
    const std::int64_t normalized = buffer_begin + change.destinationIndex();
    offsets->AddChange({original, original + change.oldLength()},
                       {normalized, normalized + change.newLength()});
  }
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
  const Nfc& nfc = SharedNfc();
  if (U_SUCCESS(nfc.error)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("ICU cannot normalise: ", u_errorName(nfc.error)));
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
