// SPDX-License-Identifier: Apache-2.0
// The scores of the next 8 ends are kept in a register. A match set's scores are
// spread to the lanes of their lengths, the start's score is added to all of them,
// and the maximum taken lane by lane; then the lanes move on by one end. What the
// next start waits for is one addition, one maximum and one broadcast, however
// many pieces there are, and no branch depends on the text but for pieces of more
// than 8 bytes, which are offered one by one to the ring beyond the register.
//
// Example: pieces a, b, ab. At 0 of "abb" the set {a, ab} offers S[0] + s(a) to
// lane 0 (end 1) and S[0] + s(ab) to lane 1 (end 2).
#include "bytepiece/viterbi_kernel_avx512.h"

#ifdef __x86_64__

#include <immintrin.h>

#include <bit>
#include <utility>

#define BYTEPIECE_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt")))

namespace bytepiece {
namespace {

// How many ends the registers hold.
constexpr std::size_t kWindow = 8;

// Of the following, the forms with a mask that selects all lanes: GCC warns of
// an uninitialised variable in its own header for the plain ones (bug 105593).
constexpr __mmask8 kAllLanes = 0xFF;

BYTEPIECE_AVX512 inline __m512d Max(__m512d a, __m512d b) {
  return _mm512_maskz_max_pd(kAllLanes, a, b);
}

// That lane in all lanes.
template <int kIndex>
BYTEPIECE_AVX512 inline __m512d Lane(__m512d a) {
  if constexpr (kIndex > 0)
    a = _mm512_maskz_permutexvar_pd(kAllLanes, _mm512_set1_epi64(kIndex), a);
  return _mm512_set1_pd(_mm512_cvtsd_f64(a));
}

// Lanes kBy to 7 of `low`, then lanes 0 to kBy - 1 of `high`.
template <int kBy>
BYTEPIECE_AVX512 inline __m512d ShiftDown(__m512d high, __m512d low) {
  return _mm512_castsi512_pd(_mm512_maskz_alignr_epi64(kAllLanes, _mm512_castpd_si512(high),
                                                       _mm512_castpd_si512(low), kBy));
}

// The scores of the ends from `end` on, which are taken out of the ring.
BYTEPIECE_AVX512 inline __m512d TakeOne(double* scores, std::size_t mask, std::size_t end) {
  double& score = scores[end & mask];
  const __m512d taken = _mm512_set1_pd(score);
  score = kUnreachedScore;
  return taken;
}

BYTEPIECE_AVX512 inline __m512d TakeTwo(double* scores, std::size_t mask, std::size_t end) {
  const __m512d second = TakeOne(scores, mask, end + 1);
  return _mm512_mask_mov_pd(second, 0x1, TakeOne(scores, mask, end));
}

BYTEPIECE_AVX512 inline __m512d TakeThree(double* scores, std::size_t mask, std::size_t end) {
  const __m512d third = TakeOne(scores, mask, end + 2);
  return _mm512_mask_mov_pd(third, 0x3, TakeTwo(scores, mask, end));
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
  double* const scores = ring.scores;
  const std::size_t mask = ring.mask;
  const __m512d unreached = _mm512_set1_pd(kUnreachedScore);
  const __m128i one_to_8 = _mm_set_epi8(0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1);

  // Lane i is the score of end start + 1 + i; those ends are unreached in the ring.
  __m512d window = unreached;
  __m512d start_score = _mm512_setzero_pd();
  if (begin > 0) {
    start_score = _mm512_set1_pd(std::exchange(scores[begin & mask], kUnreachedScore));
    alignas(64) double lanes[kWindow];
    for (std::size_t i = 0; i < kWindow; ++i) {
      lanes[i] = std::exchange(scores[(begin + 1 + i) & mask], kUnreachedScore);
    }
    window = _mm512_load_pd(lanes);
  }

  states -= begin;
  for (std::size_t start = begin; start < end;) {
    const std::uint64_t* const set = words + sets[states[start]];
    _mm_prefetch(reinterpret_cast<const char*>(sets + states[start + kKernelLookAhead]),
                 _MM_HINT_T0);
    _mm_prefetch(reinterpret_cast<const char*>(words + sets[states[start + kKernelLookAhead / 2]]),
                 _MM_HINT_T0);
    const std::uint64_t header = set[0];
    if ((header & PieceScanner::kHasLong) != 0) [[unlikely]] {
      const double score = _mm512_cvtsd_f64(start_score);
      const std::uint64_t* piece = set + 1 + static_cast<std::uint8_t>(header >> 16);
      for (auto n = static_cast<std::uint8_t>(header >> 8); n > 0; --n, piece += 2) {
        const std::size_t match_end = start + piece[1];
        const double candidate = score + std::bit_cast<double>(piece[0]);
        if (candidate > scores[match_end & mask]) {
          scores[match_end & mask] = candidate;
          last_length[match_end - 1] = static_cast<std::uint8_t>(piece[1]);
        }
      }
    }
    const auto lengths = static_cast<__mmask8>(header);
    const __m512d candidates = _mm512_mask_add_pd(
        unreached, lengths, start_score, _mm512_maskz_expand_pd(lengths, _mm512_loadu_pd(set + 1)));
    // Strictly better: on a tie the earlier start, the longer piece, stays.
    const __mmask8 better = _mm512_cmp_pd_mask(candidates, window, _CMP_GT_OQ);
    _mm_mask_storeu_epi8(last_length + start, _mm512_kunpackb(0, better), one_to_8);
    window = Max(candidates, window);
    const std::size_t stride = header >> 24;
    if (stride == 3 && start + 3 <= end) {
      start_score = Lane<2>(window);
      window = ShiftDown<3>(TakeThree(scores, mask, start + kWindow + 1), window);
      start += 3;
    } else if (stride == 2 && start + 2 <= end) {
      start_score = Lane<1>(window);
      window = ShiftDown<2>(TakeTwo(scores, mask, start + kWindow + 1), window);
      start += 2;
    } else {
      start_score = Lane<0>(window);
      window = ShiftDown<1>(TakeOne(scores, mask, start + kWindow + 1), window);
      start += 1;
    }
  }
  // At the end of a chunk this is all there is.
  scores[end & mask] = _mm512_cvtsd_f64(start_score);
  if (_mm512_cmp_pd_mask(window, unreached, _CMP_GT_OQ) == 0) return;
  alignas(64) double lanes[kWindow];
  _mm512_store_pd(lanes, window);
  for (std::size_t i = 0; i < kWindow; ++i) scores[(end + 1 + i) & mask] = lanes[i];
}

}  // namespace bytepiece

#else

namespace bytepiece {

bool HasAvx512() { return false; }
void AdvanceAvx512(const PieceScanner&, const PieceScanner::State*, std::size_t, std::size_t,
                   const ScoreRing&, std::uint8_t*) {}

}  // namespace bytepiece

#endif
