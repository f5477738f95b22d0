// SPDX-License-Identifier: Apache-2.0
// The scores of the next 16 ends are kept in two registers, relative to that of the current start,
// so that what its pieces offer is their row as it is: one maximum, and the lanes move on by one
// end and by the score of the next start. The next start waits for a maximum, a shuffle and a
// subtraction, however many pieces there are, and no branch depends on the text except for a
// stride (MatchSet::stride) and for pieces of more than 8 bytes; those of more than 16 are compared
// in 32 bits when the recursion comes to their end.
//
// Lemma. 16 bits are enough. Let S[e] be the score of the best path to e. Every byte is a piece
// and no score is below -2047, so S[s + 1] >= S[s] - 2047, and what is offered to a lane is at
// least -2047.
// A lane that was offered something by a start up to 15 before s is at most 15 x 2047 = 30705
// above S[s], as no score is above 0. It may lie any far below it, as a long piece can lift S[s] by
// 255 x 2047: then it saturates at -32768, and rises again by at most 2047 a step, for up to the 15
// steps that are left until the start before its end. An end that nothing has reached does the
// same. So what is not exact is at most -32768 + 30705 = -2063, less than whatever is offered: it
// never wins, and what is offered next is better.
//
// Example: pieces a, b, ab with -64, -128, -100. At 0 of "abb" the lanes become -64, -100, none;
// one on, relative to S[1] = -64: -36, none. The row of b offers -128, which does not win.
#include "bytepiece/segmentation/whole_kernel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bytepiece/segmentation/whole_kernel.cc"
#include "hwy/foreach_target.h"  // this file once more for each processor
// clang-format off: after the line above
#include "hwy/highway.h"
// clang-format on

// Not for the processor without vectors that Highway has as well.
#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
HWY_BEFORE_NAMESPACE();
namespace bytepiece {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Entry = WholeRows::Entry;

constexpr std::size_t kWindow = WholeRows::kRow;
using Lanes = hn::FixedTag<std::int16_t, kWindow>;
using Scores = hn::Vec<Lanes>;
using Sums = hn::FixedTag<std::int32_t, kWindow / 2>;

// Ends of long pieces on their way, by end modulo this.
constexpr std::size_t kMostPending = PieceScanner::kMaxLength + 1;

struct Tables {
  const WholeRows& rows;
  const char* scores;
  Entry* entries;
  std::uint8_t* better;
  std::uint8_t* long_lengths;
};

HWY_INLINE const std::int16_t* RowAt(const Tables& tables, Entry entry) {
  return reinterpret_cast<const std::int16_t*>(
      tables.scores + (entry & ~(WholeRows::kFlags | WholeRows::kArrives)));
}

HWY_INLINE Scores Unreached() { return hn::Set(Lanes(), WholeRows::kNoPiece); }

// a[2 i] b[2 i] + a[2 i + 1] b[2 i + 1]: Highway has it for sums in two vectors.
HWY_INLINE hn::Vec<Sums> AddPairs(Scores a, Scores b) {
#if HWY_ARCH_X86
  return hn::Vec<Sums>{_mm_madd_epi16(a.raw, b.raw)};
#else
  hn::Vec<Sums> rest = hn::Zero(Sums());
  const hn::Vec<Sums> sums = hn::ReorderWidenMulAccumulate(Sums(), a, b, hn::Zero(Sums()), rest);
  return hn::Add(sums, rest);
#endif
}

// Lane kIndex in all lanes.
template <int kIndex>
HWY_INLINE Scores Lane(Scores scores) {
  const hn::Repartition<std::uint8_t, Lanes> bytes;
  alignas(16) static constexpr std::uint8_t kBytes[16] = {
      2 * kIndex, 2 * kIndex + 1, 2 * kIndex, 2 * kIndex + 1, 2 * kIndex, 2 * kIndex + 1,
      2 * kIndex, 2 * kIndex + 1, 2 * kIndex, 2 * kIndex + 1, 2 * kIndex, 2 * kIndex + 1,
      2 * kIndex, 2 * kIndex + 1, 2 * kIndex, 2 * kIndex + 1};
  return hn::TableLookupBytes(scores, hn::BitCast(Lanes(), hn::Load(bytes, kBytes)));
}

// The score that a piece of more than 16 bytes offers its end.
struct Offer {
  std::int32_t score;
  std::uint8_t length;
};
constexpr Offer kNoOffer = {-(1 << 30), 0};

constexpr std::int32_t kMostRise = 32767;

// The scores a strand keeps in registers: S[start], from the chunk's first start on, as the first
// lane, and relative to it the scores of the ends start + 1 + i and start + 9 + i.
struct Window {
  hn::Vec<Sums> sum;
  Scores near;
  Scores far;
};

HWY_INLINE Window FirstWindow() { return {hn::Zero(Sums()), Unreached(), Unreached()}; }

// The offers that few starts have to do with: the best offers on their way, by end, and the one to
// the end of the chunk.
struct Offers {
  std::size_t chunk_end;
  Offer to_chunk_end = kNoOffer;
  std::array<Offer, kMostPending> by_end;  // where the end's entry has kArrives
};

// The start is reached by a piece of more than 16 bytes: it wins also on a tie, as it begins
// before all shorter ones.
HWY_INLINE Window Arrive(const Tables& tables, std::size_t start, const Offer& offer,
                         Window window) {
  const std::int32_t sum = hn::GetLane(window.sum);
  if (offer.score < sum) return window;
  // Twice the most that 16 bits hold takes any lane to the least.
  for (std::int32_t rise = std::min(offer.score - sum, 2 * kMostRise); rise > 0;
       rise -= kMostRise) {
    const auto part = hn::Set(Lanes(), static_cast<std::int16_t>(std::min(rise, kMostRise)));
    window.near = hn::SaturatedSub(window.near, part);
    window.far = hn::SaturatedSub(window.far, part);
  }
  window.sum = hn::Set(Sums(), offer.score);
  LastPieces::TakeLong(tables.better, start);
  tables.long_lengths[start - 1] = offer.length;
  return window;
}

// Takes the pieces of more than 16 bytes that end here, then those that begin here.
HWY_NOINLINE Window TakeLongPieces(const Tables& tables, std::size_t start, Offers* offers,
                                   Window window) {
  if ((tables.entries[start] & WholeRows::kArrives) != 0) {
    tables.entries[start] &= ~WholeRows::kArrives;
    window = Arrive(tables, start, offers->by_end[start % kMostPending], window);
  }
  const Entry entry = tables.entries[start];
  if ((entry & WholeRows::kHasLong) == 0) return window;
  const std::int32_t sum = hn::GetLane(window.sum);
  for (const WholeRows::LongPiece& piece : tables.rows.LongPiecesOf(entry)) {
    const std::size_t end = start + piece.length;
    Offer* best = &offers->to_chunk_end;
    if (end != offers->chunk_end) {
      best = &offers->by_end[end % kMostPending];
      if ((tables.entries[end] & WholeRows::kArrives) == 0) *best = kNoOffer;
      tables.entries[end] |= WholeRows::kArrives;
    }
    if (sum + piece.score > best->score)
      *best = {sum + piece.score, static_cast<std::uint8_t>(piece.length)};
  }
  return window;
}

// Offers the pieces of 9 to 16 bytes. On a tie the earlier start stays.
HWY_INLINE Scores OfferFar(const Tables& tables, Entry entry, std::size_t start, Scores far) {
  const Lanes lanes;
  const hn::FixedTag<std::uint8_t, kWindow> bytes;
  const Scores row = hn::LoadU(lanes, RowAt(tables, entry) + WholeRows::kRowSize);
  std::uint8_t* const lengths = tables.long_lengths + start + kWindow;
  const auto better =
      hn::DemoteTo(hn::FixedTag<std::int8_t, kWindow>(), hn::VecFromMask(lanes, hn::Gt(row, far)));
  hn::StoreU(hn::IfThenElse(hn::MaskFromVec(hn::BitCast(bytes, better)),
                            hn::Iota(bytes, kWindow + 1), hn::LoadU(bytes, lengths)),
             bytes, lengths);
  return hn::Max(row, far);
}

template <int kStride>
HWY_INLINE Window MoveOn(Scores scores, Window window) {
  const Lanes lanes;
  alignas(16) static constexpr std::int16_t kFirst[kWindow] = {1};
  const Scores next = Lane<kStride - 1>(scores);
  return {
      hn::Add(window.sum, AddPairs(next, hn::Load(lanes, kFirst))),
      hn::SaturatedSub(hn::CombineShiftRightLanes<kStride>(lanes, window.far, scores), next),
      // What enters is as low as can be.
      hn::CombineShiftRightLanes<kStride>(lanes, Unreached(), hn::SaturatedSub(window.far, next))};
}

// Offers the pieces of up to 8 bytes. Strictly better: on a tie the earlier start, the longer
// piece, stays.
HWY_INLINE Scores OfferNear(const Tables& tables, const std::int16_t* row, std::size_t start,
                            Scores near) {
  const Lanes lanes;
  const Scores scores = hn::LoadU(lanes, row);
  hn::StoreMaskBits(lanes, hn::Gt(scores, near), tables.better + start);
  return hn::Max(scores, near);
}

// Takes a start that has more to it than pieces of up to 8 bytes, and moves on.
HWY_INLINE void StepWithMore(const Tables& tables, Entry entry, Offers* offers, std::size_t* start,
                             Window* window) {
  const std::size_t at = *start;
  if ((entry & (WholeRows::kHasLong | WholeRows::kArrives)) != 0) {
    *window = TakeLongPieces(tables, at, offers, *window);
  }
  if ((entry & WholeRows::kHasFar) != 0) {
    window->far = OfferFar(tables, entry, at, window->far);
  }
  const Scores scores = OfferNear(tables, RowAt(tables, entry), at, window->near);
  if ((entry & WholeRows::kStride) == 1) {
    *window = MoveOn<1>(scores, *window);
    *start = at + 1;
  } else if ((entry & WholeRows::kStride) == 2) {
    *window = MoveOn<2>(scores, *window);
    tables.better[at + 1] = 0;
    *start = at + 2;
  } else {
    *window = MoveOn<3>(scores, *window);
    tables.better[at + 1] = tables.better[at + 2] = 0;
    *start = at + 3;
  }
}

// Takes the start and moves on.
HWY_INLINE void Step(const Tables& tables, Offers* offers, std::size_t* start, Window* window) {
  constexpr Entry kNothingMore = 1;  // a stride of 1
  const Entry entry = tables.entries[*start];
  // What an entry has beside the place does not move it to another cache line; where a long piece
  // arrives, nothing is gained.
  __builtin_prefetch(tables.scores + tables.entries[*start + kWholeLookAhead]);
  if ((entry & (WholeRows::kFlags | WholeRows::kArrives)) != kNothingMore) {
    return StepWithMore(tables, entry, offers, start, window);
  }
  const auto* const row =
      reinterpret_cast<const std::int16_t*>(tables.scores + entry - kNothingMore);
  *window = MoveOn<1>(OfferNear(tables, row, *start, window->near), *window);
  ++*start;
}

// The chunks of a strand that are left.
struct Chunks {
  const std::size_t* end;
  const std::size_t* last;

  // Says whether there is another one that is not empty; then offers->chunk_end is its end.
  bool Next(std::size_t start, Offers* offers) {
    offers->to_chunk_end = kNoOffer;
    while (end != last) {
      offers->chunk_end = *end++;
      if (offers->chunk_end != start) return true;
    }
    return false;
  }
};

// Two strands side by side, each waiting for its own sums only.
void Advance(const WholeRows& rows, Entry* entries, absl::Span<const std::size_t> ends,
             LastPieces* last) {
  const Tables tables = {rows, reinterpret_cast<const char*>(rows.scores()), entries,
                         last->better(), last->long_lengths()};
  std::memset(tables.better - LastPieces::kDiagonal, 0, LastPieces::kDiagonal);
  const std::size_t* const all = ends.data() + ends.size();
  const std::size_t* const middle = std::lower_bound(ends.data(), all, *(all - 1) / 2);
  Chunks a_chunks = {ends.data(), middle + 1};
  Chunks b_chunks = {middle + 1, all};
  std::size_t a = 0;
  std::size_t b = *middle;
  Offers a_offers;
  Offers b_offers;
  bool a_goes_on = a_chunks.Next(a, &a_offers);
  bool b_goes_on = b_chunks.Next(b, &b_offers);
  Window a_window = FirstWindow();
  Window b_window = FirstWindow();
  const auto finish = [&tables](std::size_t start, Offers* offers, Window* window, Chunks* chunks)
                          HWY_ATTR {
                            Arrive(tables, start, offers->to_chunk_end, *window);
                            *window = FirstWindow();
                            return chunks->Next(start, offers);
                          };
  while (a_goes_on && b_goes_on) {
    const std::size_t a_end = a_offers.chunk_end;
    const std::size_t b_end = b_offers.chunk_end;
    do {
      Step(tables, &a_offers, &a, &a_window);
      Step(tables, &b_offers, &b, &b_window);
    } while (a != a_end && b != b_end);
    if (a == a_end) a_goes_on = finish(a, &a_offers, &a_window, &a_chunks);
    if (b == b_end) b_goes_on = finish(b, &b_offers, &b_window, &b_chunks);
  }
  while (a_goes_on) {
    while (a != a_offers.chunk_end) Step(tables, &a_offers, &a, &a_window);
    a_goes_on = finish(a, &a_offers, &a_window, &a_chunks);
  }
  while (b_goes_on) {
    while (b != b_offers.chunk_end) Step(tables, &b_offers, &b, &b_window);
    b_goes_on = finish(b, &b_offers, &b_window, &b_chunks);
  }
}

}  // namespace

AdvanceWholeFunction* AdvanceOfTarget() { return Advance; }

}  // namespace HWY_NAMESPACE
}  // namespace bytepiece
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
namespace bytepiece {
namespace {

// The definition, number by number.
void AdvancePlain(const WholeRows& rows, WholeRows::Entry* entries,
                  absl::Span<const std::size_t> ends, LastPieces* last) {
  std::uint8_t* const better = last->better();
  std::memset(better - LastPieces::kDiagonal, 0, LastPieces::kDiagonal);
  constexpr std::size_t kRing = PieceScanner::kMaxLength + 1;
  constexpr std::int32_t kUnreached = -(1 << 30);
  std::array<std::int32_t, kRing> best;
  best.fill(kUnreached);
  std::size_t start = 0;
  for (const std::size_t chunk_end : ends) {
    if (start == chunk_end) continue;
    best[start % kRing] = 0;
    for (; start < chunk_end; ++start) {
      const std::int32_t sum = best[start % kRing];
      best[start % kRing] = kUnreached;
      const WholeRows::Entry entry = entries[start];
      const std::int16_t* const row = rows.scores() + WholeRows::FirstOf(entry);
      better[start] = 0;
      for (std::size_t length = 1; length <= WholeRows::kRow; ++length) {
        std::int32_t& score = best[(start + length) % kRing];
        if (row[length - 1] == WholeRows::kNoPiece || sum + row[length - 1] <= score) continue;
        score = sum + row[length - 1];
        better[start] |= static_cast<std::uint8_t>(1u << (length - 1));
      }
      if ((entry & WholeRows::kHasFar) == 0) continue;
      const auto offer = [&](std::size_t length, std::int16_t of_piece) {
        std::int32_t& score = best[(start + length) % kRing];
        if (of_piece == WholeRows::kNoPiece || sum + of_piece <= score) return;
        score = sum + of_piece;
        last->long_lengths()[start + length - 1] = static_cast<std::uint8_t>(length);
      };
      for (std::size_t length = WholeRows::kRow + 1; length <= WholeRows::kFar; ++length) {
        offer(length, row[WholeRows::PlaceOf(length)]);
      }
      if ((entry & WholeRows::kHasLong) == 0) continue;
      for (const WholeRows::LongPiece& piece : rows.LongPiecesOf(entry)) {
        offer(piece.length, piece.score);
      }
    }
    best[start % kRing] = kUnreached;
  }
}

}  // namespace

AdvanceWholeFunction* AdvanceWhole(Kernel kernel) {
  switch (kernel) {
#if HWY_TARGETS & HWY_AVX3
    case Kernel::kAvx512:
      return N_AVX3::AdvanceOfTarget();
#endif
#if HWY_TARGETS & HWY_AVX2
    case Kernel::kAvx2:
      return N_AVX2::AdvanceOfTarget();
#endif
#if HWY_TARGETS & HWY_SSE4
    case Kernel::kSse4:
      return N_SSE4::AdvanceOfTarget();
#endif
#if HWY_TARGETS & HWY_NEON
    case Kernel::kNeon:
      return N_NEON::AdvanceOfTarget();
#endif
    default:
      return AdvancePlain;
  }
}

}  // namespace bytepiece
#endif  // HWY_ONCE
