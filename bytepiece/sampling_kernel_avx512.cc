// SPDX-License-Identifier: Apache-2.0
// The totals of the next 8 positions are kept in a register. A match set's weights
// are spread to the lanes of their lengths and multiplied with them; what a position
// waits for is the total just before: one multiplication and one addition. The
// other lanes are added beforehand, those of lengths 5 to 8 from the register as it
// was four positions ago, so that its moving does not stand in the way either.
//
// The order of additions is BranchSum's (branch_sum.h).
#include "bytepiece/sampling_kernel_avx512.h"

#ifdef __x86_64__

#include <immintrin.h>

#include <algorithm>
#include <bit>

#define BYTEPIECE_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt")))

namespace bytepiece {
namespace {

constexpr __mmask8 kAllLanes = 0xFF;
constexpr std::size_t kLookAhead = 16;  // positions

// Lanes move up by kBy; zeros enter. (With a mask of all lanes: GCC bug 105593.)
template <int kBy>
BYTEPIECE_AVX512 inline __m512d ShiftUp(__m512d a) {
  return _mm512_castsi512_pd(_mm512_maskz_alignr_epi64(kAllLanes, _mm512_castpd_si512(a),
                                                       _mm512_setzero_si512(), 8 - kBy));
}

// Lanes move up by one; `first` enters.
BYTEPIECE_AVX512 inline __m512d Enter(__m512d a, double first) {
  return _mm512_castsi512_pd(_mm512_maskz_alignr_epi64(
      kAllLanes, _mm512_castpd_si512(a), _mm512_castpd_si512(_mm512_set1_pd(first)), 7));
}

// Not the intrinsics: GCC bug 105593 again.
BYTEPIECE_AVX512 inline __m256d LowHalf(__m512d a) {
  return __builtin_shufflevector(a, a, 0, 1, 2, 3);
}
BYTEPIECE_AVX512 inline __m256d HighHalf(__m512d a) {
  return __builtin_shufflevector(a, a, 4, 5, 6, 7);
}

// The long pieces of the set that begins with `header`: calls
// visit(length, weight) until it is false.
template <typename Visit>
inline void ForEachLong(const std::uint64_t* header, Visit visit) {
  const std::uint64_t* at = header + 1 + static_cast<std::uint8_t>(*header >> 16);
  for (auto n = static_cast<std::uint8_t>(*header >> 8); n > 0; --n, at += 2) {
    if (!visit(static_cast<std::size_t>(at[1]), std::bit_cast<double>(at[0]))) return;
  }
}

// Where no short branch takes the sum, which is `sum` after them, above `threshold`.
std::uint8_t DrawLong(const std::uint64_t* set, const FilterWindow& window, std::size_t position,
                      double sum, double threshold, int last_short) {
  std::size_t drawn = static_cast<std::size_t>(last_short);
  ForEachLong(set, [&](std::size_t length, double weight) {
    const double branch = weight * window.ring[(position + length) & window.mask];
    sum += branch;
    if (!(branch > 0)) return true;
    drawn = length;
    return !(sum > threshold);
  });
  return static_cast<std::uint8_t>(drawn);
}

double SumLong(const std::uint64_t* set, const FilterWindow& window, std::size_t position) {
  double sum = 0;
  ForEachLong(set, [&](std::size_t length, double weight) {
    sum += weight * window.ring[(position + length) & window.mask];
    return true;
  });
  return sum;
}

// What a position needs of those behind it. next[i] is the total i + 1 positions on;
// lane i of `totals` too; of before[j], what `totals` was j + 1 positions ago.
struct Registers {
  double next[4];
  __m512d totals;
  __m256d before[4];
};

// Of `position`, whose registers have been turned by kTurn: next[0] is then in place
// kTurn, and so on in a circle. Turns them by one more, backwards; false if the total
// is out of range.
template <int kTurn, bool kDraws>
BYTEPIECE_AVX512 inline bool Step(const std::uint64_t* set, std::size_t position,
                                  const FilterWindow& window, Registers* registers) {
  const std::size_t in_block = position - window.block_begin;
  double* const next = registers->next;
  const std::uint64_t header = *set;
  const auto lengths = static_cast<__mmask8>(header);
  const __m512d weights = _mm512_maskz_expand_pd(lengths, _mm512_loadu_pd(set + 1));
  const __m128d low = _mm256_castpd256_pd128(LowHalf(weights));
  const __m128d high = _mm256_extractf128_pd(LowHalf(weights), 1);
  constexpr int kOldest = (kTurn + 3) % 4;
  const __m256d far = _mm256_mul_pd(HighHalf(weights), registers->before[kOldest]);
  const __m128d pairs = _mm_add_pd(_mm256_castpd256_pd128(far), _mm256_extractf128_pd(far, 1));
  double total = _mm_cvtsd_f64(pairs) + _mm_cvtsd_f64(_mm_unpackhi_pd(pairs, pairs));
  if ((header & PieceScanner::kHasLong) != 0) [[unlikely]]
    total += SumLong(set, window, position);
  total = _mm_cvtsd_f64(_mm_unpackhi_pd(high, high)) * next[kOldest] + total;
  total = _mm_cvtsd_f64(high) * next[(kTurn + 2) % 4] + total;
  total = _mm_cvtsd_f64(_mm_unpackhi_pd(low, low)) * next[(kTurn + 1) % 4] + total;
  total = _mm_cvtsd_f64(low) * next[kTurn] + total;
  if (!(total >= kLeastPlainTotal && total <= kMostPlainTotal)) return false;
  if constexpr (kDraws) {
    const double threshold = window.uniforms[in_block] * total;
    const __m512d branches = _mm512_mul_pd(weights, registers->totals);
    __m512d sums = _mm512_add_pd(branches, ShiftUp<1>(branches));
    sums = _mm512_add_pd(sums, ShiftUp<2>(sums));
    sums = _mm512_add_pd(sums, ShiftUp<4>(sums));
    const __mmask8 possible = _mm512_cmp_pd_mask(branches, _mm512_setzero_pd(), _CMP_GT_OQ);
    const __mmask8 above =
        _mm512_mask_cmp_pd_mask(possible, sums, _mm512_set1_pd(threshold), _CMP_GT_OQ);
    if (above != 0) [[likely]] {
      window.drawn[in_block] = static_cast<std::uint8_t>(std::countr_zero(above) + 1);
    } else {
      alignas(64) double all[8];
      _mm512_store_pd(all, sums);
      window.drawn[in_block] =
          DrawLong(set, window, position, all[7], threshold, std::bit_width(possible));
    }
  }
  registers->before[kOldest] = LowHalf(registers->totals);
  registers->totals = Enter(registers->totals, total);
  next[kOldest] = total;
  window.ring[position & window.mask] = total;
  window.totals[in_block] = {total, window.unit};
  return true;
}

template <bool kDraws>
BYTEPIECE_AVX512 std::size_t Filter(const std::uint32_t* sets, const std::uint64_t* words,
                                    const PieceScanner::State* states, std::size_t from,
                                    const FilterWindow& shared_window) {
  const FilterWindow window = shared_window;  // whose fields nobody else writes to
  alignas(64) double lanes[12];
  for (std::size_t i = 0; i < 12; ++i) lanes[i] = window.ring[(from + i) & window.mask];
  Registers registers;
  registers.totals = _mm512_load_pd(lanes);
  for (int i = 0; i < 4; ++i) {
    registers.next[i] = lanes[i];
    registers.before[i] = _mm256_loadu_pd(lanes + 1 + i);
  }
  std::size_t left = from - window.block_begin;
  const auto set_of = [&](std::size_t in_block) { return words + sets[states[in_block]]; };
  const auto step = [&]<int kTurn>() BYTEPIECE_AVX512 {
    const std::size_t in_block = left - 1;
    const bool in_range =
        Step<kTurn, kDraws>(set_of(in_block), window.block_begin + in_block, window, &registers);
    left -= in_range ? 1 : 0;
    return in_range;
  };
  while (left >= 4) {
    const std::size_t later = left - std::min(left, kLookAhead + 4);
    const std::size_t soon = left - std::min(left, kLookAhead / 2 + 4);
    for (std::size_t i = 0; i < 4; ++i) {
      _mm_prefetch(reinterpret_cast<const char*>(sets + states[later + i]), _MM_HINT_T0);
      _mm_prefetch(reinterpret_cast<const char*>(set_of(soon + i)), _MM_HINT_T0);
    }
    if (!step.template operator()<0>() || !step.template operator()<3>() ||
        !step.template operator()<2>() || !step.template operator()<1>()) {
      return window.block_begin + left;
    }
  }
  while (left > 0) {
    if (!step.template operator()<0>()) break;
    std::rotate(registers.next, registers.next + 3, registers.next + 4);
    std::rotate(registers.before, registers.before + 3, registers.before + 4);
  }
  return window.block_begin + left;
}

}  // namespace

std::size_t FilterAvx512(const std::uint32_t* sets, const std::uint64_t* words,
                         const PieceScanner::State* states, std::size_t from,
                         const FilterWindow& window) {
  return (window.drawn == nullptr ? Filter<false> : Filter<true>)(sets, words, states, from,
                                                                  window);
}

}  // namespace bytepiece

#else

namespace bytepiece {

std::size_t FilterAvx512(const std::uint32_t*, const std::uint64_t*, const PieceScanner::State*,
                         std::size_t from, const FilterWindow&) {
  return from;
}

}  // namespace bytepiece

#endif
