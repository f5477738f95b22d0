// SPDX-License-Identifier: Apache-2.0
// Sums. What a position waits for is the total just before, one multiplication and one
// addition; the products with earlier ones are added beforehand. Of the eight lengths
// the first four are single numbers, straight from the row in memory; 5 to 8 are one
// register, whose totals are at least four positions old: in a group of four positions
// they are all known before it begins.
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

}  // namespace

BYTEPIECE_AVX512
std::size_t SumAvx512(const SamplingWeights& weights, const std::uint32_t* words, std::size_t from,
                      std::size_t begin, bool is_end, double* totals) {
  const double* const rows = weights.placed();
  const __m256d least = _mm256_set1_pd(kLeastPlainTotal);
  const __m256d most = _mm256_set1_pd(kMostPlainTotal);
  // The totals from `from` on. At an end but one do not count, and to read them would
  // wait for the one to be written.
  double t0 = totals[from];
  double t1 = 0;
  double t2 = 0;
  double t3 = 0;
  __m256d near = _mm256_set_pd(0, 0, 0, t0);
  __m256d far = _mm256_setzero_pd();
  if (!is_end) {
    t1 = totals[from + 1];
    t2 = totals[from + 2];
    t3 = totals[from + 3];
    near = _mm256_loadu_pd(totals + from);
    far = _mm256_loadu_pd(totals + from + 4);
  }
  while (from > begin) {
    const std::uint32_t* const word = words + from - kSumStep;
    for (std::size_t i = 0; i < kSumStep; ++i) {
      _mm_prefetch(reinterpret_cast<const char*>(rows) + (word - kSumAhead)[i], _MM_HINT_T0);
    }
    double long3 = 0;
    double long2 = 0;
    double long1 = 0;
    double long0 = 0;
    if (((word[0] | word[1] | word[2] | word[3]) & WeightRows::kHasLong) != 0) [[unlikely]] {
      long3 = SumLong(weights, word[3], totals + from);
      long2 = SumLong(weights, word[2], totals + from - 1);
      long1 = SumLong(weights, word[1], totals + from - 2);
      long0 = SumLong(weights, word[0], totals + from - 3);
    }
    const double s3 = Total(RowOf(rows, word[3]), t0, t1, t2, t3, far, long3);
    const double s2 = Total(RowOf(rows, word[2]), s3, t0, t1, t2, ShiftDown<3>(far, near), long2);
    const double s1 = Total(RowOf(rows, word[1]), s2, s3, t0, t1, ShiftDown<2>(far, near), long1);
    const double s0 = Total(RowOf(rows, word[0]), s1, s2, s3, t0, ShiftDown<1>(far, near), long0);
    const __m256d sums = _mm256_set_pd(s3, s2, s1, s0);
    // The step that reaches over `begin` writes what the next chunk's sums will replace.
    const std::size_t left = std::min(from - begin, kSumStep);
    const unsigned out_of_range =
        _mm256_cmp_pd_mask(sums, least, _CMP_NGE_UQ) | _mm256_cmp_pd_mask(sums, most, _CMP_NLE_UQ);
    if ((out_of_range >> (kSumStep - left)) != 0) [[unlikely]]
      break;
    _mm256_storeu_pd(totals + from - kSumStep, sums);
    far = near;
    near = sums;
    t0 = s0;
    t1 = s1;
    t2 = s2;
    t3 = s3;
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
