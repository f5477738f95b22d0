// SPDX-License-Identifier: Apache-2.0
// Sums. A position waits for the total just before, one multiplication and one addition;
// the products with earlier ones are added beforehand. The first four of the eight
// lengths are single numbers, straight from the row in memory; 5 to 8 are one register,
// whose totals are at least four positions old: in a group of four positions they are all
// known before it begins.
//
// Draws. To go from a piece to the next costs some 80 cycles, nearly all of them
// waiting. So several paths are drawn side by side. They need not be paths of different
// texts: a draw depends on its position alone, so a path that begins anywhere soon
// meets the one from the beginning, and from there on it is the same.
//
// The order of additions is BranchSum's (branch_sum.h).
#include "bytepiece/sampling/sampling_kernel_avx512.h"

#ifdef __x86_64__

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>

#define BYTEPIECE_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt")))

namespace bytepiece {
namespace {

constexpr __mmask8 kAllLanes = 0xFF;

// Lanes move up by kBy; zeros enter. (With a mask of all lanes: GCC bug 105593.)
template <int kBy>
BYTEPIECE_AVX512 inline __m512d ShiftUp(__m512d a) {
  return _mm512_castsi512_pd(_mm512_maskz_alignr_epi64(kAllLanes, _mm512_castpd_si512(a),
                                                       _mm512_setzero_si512(), 8 - kBy));
}

// Lanes kBy to 3 of `low`, then the first of `high`.
template <int kBy>
BYTEPIECE_AVX512 inline __m256d ShiftDown(__m256d high, __m256d low) {
  return _mm256_castsi256_pd(
      _mm256_maskz_alignr_epi64(0xF, _mm256_castpd_si256(high), _mm256_castpd_si256(low), kBy));
}

inline const double* RowOf(const double* weights, std::uint32_t word) {
  return reinterpret_cast<const double*>(reinterpret_cast<const char*>(weights) +
                                         (word & ~(WeightRows::kUnit - 1)));
}

double SumLong(const SamplingWeights& weights, std::uint32_t word, const double* after) {
  double sum = 0;
  if ((word & WeightRows::kHasLong) == 0) return sum;
  weights.sets()->ForEachLong(word, [&](std::size_t length, std::size_t place) {
    sum += weights.placed()[place] * after[length - 1];
    return true;
  });
  return sum;
}

// first to fourth, far: the totals 1 to 4 and 5 to 8 positions on.
BYTEPIECE_AVX512 inline double Total(const double* row, double first, double second, double third,
                                     double fourth, __m256d far, double sum_long) {
  const __m256d products = _mm256_mul_pd(_mm256_loadu_pd(row + 4), far);
  const __m128d pairs =
      _mm_add_pd(_mm256_castpd256_pd128(products), _mm256_extractf128_pd(products, 1));
  double total = _mm_cvtsd_f64(pairs) + _mm_cvtsd_f64(_mm_unpackhi_pd(pairs, pairs));
  total += sum_long;
  total = row[3] * fourth + total;
  total = row[2] * third + total;
  total = row[1] * second + total;
  return row[0] * first + total;
}

// Where there are long pieces: `sums` are those of the short ones up to each.
BYTEPIECE_AVX512 __attribute__((noinline)) std::size_t DrawWithLong(const SamplingWeights& weights,
                                                                    std::uint32_t word,
                                                                    const double* after, double u,
                                                                    __m512d sums,
                                                                    unsigned possible) {
  alignas(64) double all[8];
  _mm512_store_pd(all, sums);
  double upto = all[7];
  const double threshold = u * (upto + SumLong(weights, word, after));
  const unsigned above = possible & _mm512_cmp_pd_mask(sums, _mm512_set1_pd(threshold), _CMP_GT_OQ);
  if (above != 0) return static_cast<std::size_t>(std::countr_zero(above) + 1);
  auto last = static_cast<std::size_t>(std::bit_width(possible));
  weights.sets()->ForEachLong(word, [&](std::size_t length, std::size_t place) {
    const double branch = weights.placed()[place] * after[length - 1];
    upto += branch;
    if (branch > 0) last = length;
    return !(branch > 0 && upto > threshold);
  });
  return last;
}

// The totals that the sums of the next positions multiply, as they stand in registers.
struct RecentTotals {
  double first, second, third, fourth;  // the nearest, apart: the next sum waits for `first` alone
  __m256d near;                         // the same four
  __m256d far;                          // the four after these

  // Those from `totals` on. At a chunk's end all but one do not count, and to read them would wait
  // for the one to be written.
  BYTEPIECE_AVX512 static RecentTotals Load(const double* totals, bool is_end) {
    if (is_end) {
      return {totals[0], 0, 0, 0, _mm256_set_pd(0, 0, 0, totals[0]), _mm256_setzero_pd()};
    }
    return {totals[0],
            totals[1],
            totals[2],
            totals[3],
            _mm256_loadu_pd(totals),
            _mm256_loadu_pd(totals + 4)};
  }
};

// The amounts that pieces of more than 8 bytes add to the totals of a step's positions.
using LongSums = std::array<double, kSumStep>;

// `after`: the totals from the end of the step on.
inline LongSums SumLongOfStep(const SamplingWeights& weights, const std::uint32_t* word,
                              const double* after) {
  LongSums sums = {};
  if (((word[0] | word[1] | word[2] | word[3]) & WeightRows::kHasLong) != 0) [[unlikely]] {
    for (std::size_t i = kSumStep; i-- > 0;) {
      sums[i] = SumLong(weights, word[i], after - (kSumStep - 1 - i));
    }
  }
  return sums;
}

// The totals of the four positions of a step, which become the recent ones.
BYTEPIECE_AVX512 inline __m256d SumStepTotals(const double* rows, const std::uint32_t* word,
                                              const LongSums& sum_long, RecentTotals* recent) {
  const auto [t0, t1, t2, t3, near, far] = *recent;
  const double s3 = Total(RowOf(rows, word[3]), t0, t1, t2, t3, far, sum_long[3]);
  const double s2 =
      Total(RowOf(rows, word[2]), s3, t0, t1, t2, ShiftDown<3>(far, near), sum_long[2]);
  const double s1 =
      Total(RowOf(rows, word[1]), s2, s3, t0, t1, ShiftDown<2>(far, near), sum_long[1]);
  const double s0 =
      Total(RowOf(rows, word[0]), s1, s2, s3, t0, ShiftDown<1>(far, near), sum_long[0]);
  const __m256d sums = _mm256_set_pd(s3, s2, s1, s0);
  *recent = {s0, s1, s2, s3, sums, near};
  return sums;
}

// Whether the last `count` of a step's totals are in the range in which they are exact.
BYTEPIECE_AVX512 inline bool AreInRange(__m256d sums, std::size_t count) {
  const unsigned out_of_range =
      _mm256_cmp_pd_mask(sums, _mm256_set1_pd(kLeastPlainTotal), _CMP_NGE_UQ) |
      _mm256_cmp_pd_mask(sums, _mm256_set1_pd(kMostPlainTotal), _CMP_NLE_UQ);
  return (out_of_range >> (kSumStep - count)) == 0;
}

}  // namespace

BYTEPIECE_AVX512
std::size_t SumAvx512(const SamplingWeights& weights, const std::uint32_t* words, std::size_t from,
                      std::size_t begin, bool is_end, double* totals) {
  const double* const rows = weights.placed();
  RecentTotals recent = RecentTotals::Load(totals + from, is_end);
  while (from > begin) {
    const std::uint32_t* const word = words + from - kSumStep;
    for (std::size_t i = 0; i < kSumStep; ++i) {
      _mm_prefetch(reinterpret_cast<const char*>(rows) + (word - kSumAhead)[i], _MM_HINT_T0);
    }
    const LongSums sum_long = SumLongOfStep(weights, word, totals + from);
    const __m256d sums = SumStepTotals(rows, word, sum_long, &recent);
    // The step that reaches over `begin` writes what the next chunk's sums will replace.
    const std::size_t left = std::min(from - begin, kSumStep);
    if (!AreInRange(sums, left)) [[unlikely]]
      break;
    _mm256_storeu_pd(totals + from - kSumStep, sums);
    from -= left;
  }
  return from;
}

BYTEPIECE_AVX512
void WalkAvx512(const SamplingWeights& weights, const std::uint32_t* words, const double* totals,
                const double* uniforms, std::size_t begin, std::size_t end, SlowDraw slow,
                const void* context, std::uint8_t* lengths) {
  constexpr std::size_t kPaths = 8;
  const double* const rows = weights.placed();
  std::size_t at[kPaths];
  std::size_t until[kPaths];
  for (std::size_t i = 0; i < kPaths; ++i) {
    at[i] = begin + (end - begin) * i / kPaths;
    until[i] = begin + (end - begin) * (i + 1) / kPaths;
  }
  // One that has come to the next one's beginning goes on, which does no harm.
  for (bool goes_on = true; goes_on;) {
    goes_on = false;
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kPaths; ++i) {
      const std::size_t position = std::min(at[i], end - 1);
      const std::uint32_t word = words[position];
      const __m512d branches =
          _mm512_mul_pd(_mm512_loadu_pd(RowOf(rows, word)), _mm512_loadu_pd(totals + position + 1));
      __m512d sums = _mm512_add_pd(branches, ShiftUp<1>(branches));
      sums = _mm512_add_pd(sums, ShiftUp<2>(sums));
      sums = _mm512_add_pd(sums, ShiftUp<4>(sums));
      const __m512d threshold =
          _mm512_mul_pd(_mm512_maskz_permutexvar_pd(kAllLanes, _mm512_set1_epi64(7), sums),
                        _mm512_set1_pd(uniforms[position]));
      const unsigned possible = _mm512_cmp_pd_mask(branches, _mm512_setzero_pd(), _CMP_GT_OQ);
      const unsigned above = possible & _mm512_cmp_pd_mask(sums, threshold, _CMP_GT_OQ);
      auto length = static_cast<std::size_t>(std::countr_zero(above) + 1);
      if ((word & (WeightRows::kUnit - 1)) != 0) [[unlikely]] {
        length = (word & WeightRows::kFree) != 0
                     ? slow(context, position)
                     : DrawWithLong(weights, word, totals + position + 1, uniforms[position], sums,
                                    possible);
      } else if (above == 0) [[unlikely]] {
        length = static_cast<std::size_t>(std::bit_width(possible));
      }
      lengths[position] = static_cast<std::uint8_t>(length);
      at[i] = position + length;
      goes_on |= at[i] < until[i];
    }
  }
}

}  // namespace bytepiece

#else

namespace bytepiece {

std::size_t SumAvx512(const SamplingWeights&, const std::uint32_t*, std::size_t from, std::size_t,
                      bool, double*) {
  return from;
}

void WalkAvx512(const SamplingWeights&, const std::uint32_t*, const double*, const double*,
                std::size_t, std::size_t, SlowDraw, const void*, std::uint8_t*) {}

}  // namespace bytepiece

#endif
