// SPDX-License-Identifier: Apache-2.0
// The scores of the next 16 ends are kept in two registers. A match set's scores
// are spread to the lanes of their lengths, the start's score is added to all of
// them, and the maximum taken lane by lane; then the lanes move on by one end.
// What the next start waits for is one addition, one maximum and one broadcast,
// however many pieces there are, and no branch depends on the text.
//
// Example: pieces a, b, ab. At 0 of "abb" the set {a, ab} offers S[0] + s(a) to
// lane 0 (end 1) and S[0] + s(ab) to lane 1 (end 2).
#include "bytepiece/viterbi_kernel_avx512.h"

#ifdef __x86_64__

#include <immintrin.h>

#include <algorithm>

#define BYTEPIECE_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt")))

namespace bytepiece {
namespace {

// How many ends the registers hold.
constexpr std::size_t kWindow = 16;

// Of the following, the forms with a mask that selects all lanes: GCC warns of
// an uninitialised variable in its own header for the plain ones (bug 105593).
constexpr __mmask8 kAllLanes = 0xFF;

BYTEPIECE_AVX512 inline __m512d Max(__m512d a, __m512d b) {
  return _mm512_maskz_max_pd(kAllLanes, a, b);
}

// Lanes 1 to 7 of `low`, then lane 0 of `high`.
BYTEPIECE_AVX512 inline __m512d ShiftDown(__m512d high, __m512d low) {
  return _mm512_castsi512_pd(
      _mm512_maskz_alignr_epi64(kAllLanes, _mm512_castpd_si512(high), _mm512_castpd_si512(low), 1));
}

// What lies beyond the registers.
struct Beyond {
  const PieceScanner* scanner;
  ScoreRing ring;
  std::uint8_t* last_length;
  std::size_t farthest;  // no end after it has a candidate
};

// Offers the pieces of more than 16 bytes that start at `start`, one by one. Not
// inlined: it is rare, and would take the loop's registers.
__attribute__((noinline)) void OfferLong(PieceScanner::State state, double start_score,
                                         std::size_t start, Beyond* beyond) {
  const MatchSet set = beyond->scanner->SetOf(state);
  for (int i = set.num_short(); i < set.size(); ++i) {
    const std::size_t match_end = start + static_cast<std::size_t>(set.length(i));
    const double candidate = start_score + set.score(i);
    double& current = beyond->ring.scores[match_end & beyond->ring.mask];
    if (candidate > current) {
      current = candidate;
      beyond->last_length[match_end - 1] = static_cast<std::uint8_t>(set.length(i));
    }
    beyond->farthest = std::max(beyond->farthest, match_end);
  }
}

// Moves the ends behind `begin` from the ring to the registers' order, and back.
void TakeWindow(const ScoreRing& ring, std::size_t begin, double* window) {
  for (std::size_t i = 0; i < kWindow; ++i) {
    double& score = ring.scores[(begin + 1 + i) & ring.mask];
    window[i] = score;
    score = kUnreachedScore;
  }
}

void ReturnWindow(const ScoreRing& ring, std::size_t end, const double* window) {
  for (std::size_t i = 0; i < kWindow; ++i) ring.scores[(end + 1 + i) & ring.mask] = window[i];
}

}  // namespace

bool HasAvx512() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("popcnt");
  return has;
}

BYTEPIECE_AVX512
void AdvanceAvx512(const PieceScanner& scanner, const PieceScanner::State* states,
                   std::size_t begin, std::size_t end, const ScoreRing& ring,
                   std::uint8_t* last_length) {
  const std::uint32_t* const sets = scanner.set_offsets();
  const std::uint64_t* const words = scanner.set_words();
  const __m512d unreached = _mm512_set1_pd(kUnreachedScore);
  const __m128i one_to_16 = _mm_setr_epi8(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);

  // Lane i of `near` is the score of end start + 1 + i, of `far` that of start +
  // 9 + i; byte i of `lengths` goes to last_length[start + i].
  __m512d start_score = _mm512_setzero_pd();
  __m512d near = unreached;
  __m512d far = unreached;
  __m128i lengths = _mm_setzero_si128();
  Beyond beyond = {&scanner, ring, last_length, 0};
  alignas(64) double window[kWindow];
  if (begin > 0) {
    start_score = _mm512_set1_pd(ring.scores[begin & ring.mask]);
    ring.scores[begin & ring.mask] = kUnreachedScore;
    TakeWindow(ring, begin, window);
    near = _mm512_load_pd(window);
    far = _mm512_load_pd(window + 8);
    lengths = _mm_loadu_si128(reinterpret_cast<const __m128i*>(last_length + begin));
    beyond.farthest = begin + scanner.max_length();
  }

  for (std::size_t start = begin; start < end; ++start) {
    const std::uint64_t* const set = words + sets[states[start - begin]];
    const std::uint64_t header = set[0];
    const auto near_mask = static_cast<__mmask8>(header);
    const auto far_mask = static_cast<__mmask8>(header >> 8);
    const int num_near = _mm_popcnt_u32(near_mask);
    const __m512d near_candidates =
        _mm512_mask_add_pd(unreached, near_mask, start_score,
                           _mm512_maskz_expand_pd(near_mask, _mm512_loadu_pd(set + 1)));
    const __m512d far_candidates =
        _mm512_mask_add_pd(unreached, far_mask, start_score,
                           _mm512_maskz_expand_pd(far_mask, _mm512_loadu_pd(set + 1 + num_near)));
    // Strictly better: on a tie the earlier start, the longer piece, stays.
    const __mmask8 near_better = _mm512_cmp_pd_mask(near_candidates, near, _CMP_GT_OQ);
    const __mmask8 far_better = _mm512_cmp_pd_mask(far_candidates, far, _CMP_GT_OQ);
    near = Max(near_candidates, near);
    far = Max(far_candidates, far);
    const __m512d offered_score = start_score;
    start_score = _mm512_maskz_permutexvar_pd(kAllLanes, _mm512_setzero_si512(), near);
    near = ShiftDown(far, near);
    far = ShiftDown(unreached, far);
    lengths = _mm_mask_mov_epi8(
        lengths, static_cast<__mmask16>(_mm512_kunpackb(far_better, near_better)), one_to_16);
    last_length[start] = static_cast<std::uint8_t>(_mm_cvtsi128_si32(lengths));
    lengths = _mm_bsrli_si128(lengths, 1);

    const bool has_long = (header & MatchSet::kLongMask) != 0;
    if (has_long || start + kWindow + 1 <= beyond.farthest) [[unlikely]] {
      if (has_long) {
        OfferLong(states[start - begin], _mm512_cvtsd_f64(offered_score), start, &beyond);
      }
      // An end comes within reach of the registers.
      double& score = beyond.ring.scores[(start + kWindow + 1) & beyond.ring.mask];
      far = _mm512_mask_mov_pd(far, 0x80, _mm512_set1_pd(score));
      score = kUnreachedScore;
      lengths = _mm_insert_epi8(lengths, beyond.last_length[start + kWindow], 15);
    }
  }
  ring.scores[end & ring.mask] = _mm512_cvtsd_f64(start_score);
  // At the end of a chunk there is nothing left.
  if (_mm512_cmp_pd_mask(Max(near, far), unreached, _CMP_GT_OQ) == 0) return;
  _mm512_store_pd(window, near);
  _mm512_store_pd(window + 8, far);
  ReturnWindow(ring, end, window);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(last_length + end), lengths);
}

}  // namespace bytepiece

#else

namespace bytepiece {

bool HasAvx512() { return false; }
void AdvanceAvx512(const PieceScanner&, const PieceScanner::State*, std::size_t, std::size_t,
                   const ScoreRing&, std::uint8_t*) {}

}  // namespace bytepiece

#endif
