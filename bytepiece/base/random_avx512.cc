// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/random_avx512.h"

#ifdef __x86_64__

#include <immintrin.h>

#define BYTEPIECE_AVX512 __attribute__((target("avx512f,avx512dq")))

namespace bytepiece {
namespace {

constexpr __mmask8 kAllLanes = 0xFF;  // GCC bug 105593 again

BYTEPIECE_AVX512 inline __m512i HighHalf(__m512i a) {
  return _mm512_maskz_srli_epi64(kAllLanes, a, 32);
}

BYTEPIECE_AVX512 inline __m512i Multiply(__m512i a, __m512i b) {
  return _mm512_maskz_mul_epu32(kAllLanes, a, b);
}

// 27 bits of the first, 26 of the second. Bits of a lane above the 32nd are rubbish.
BYTEPIECE_AVX512 inline __m512d ToDoubles(__m512i first, __m512i second) {
  const __m512i low_words = _mm512_set1_epi64(0xFFFFFFFF);
  const __m512i high =
      _mm512_maskz_srli_epi64(kAllLanes, _mm512_maskz_and_epi64(kAllLanes, first, low_words), 5);
  const __m512i low =
      _mm512_maskz_srli_epi64(kAllLanes, _mm512_maskz_and_epi64(kAllLanes, second, low_words), 6);
  const __m512i bits =
      _mm512_maskz_or_epi64(kAllLanes, _mm512_maskz_slli_epi64(kAllLanes, high, 26), low);
  return _mm512_mul_pd(_mm512_maskz_cvtepu64_pd(kAllLanes, bits), _mm512_set1_pd(0x1p-53));
}

}  // namespace

BYTEPIECE_AVX512
std::size_t FillAvx512(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key,
                       std::size_t blocks, double* numbers) {
  constexpr std::size_t kTogether = 8;
  constexpr int kRounds = 10;
  // As in random.cc; of a 64-bit lane only the low half counts.
  const __m512i multiplier0 = _mm512_set1_epi64(0xD2511F53);
  const __m512i multiplier1 = _mm512_set1_epi64(0xCD9E8D57);
  const __m512i one_to_8 = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i first_half = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0);
  const __m512i second_half = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);
  std::size_t done = 0;
  for (; done + kTogether <= blocks; done += kTogether) {
    __m512i c0 =
        _mm512_add_epi64(_mm512_set1_epi64(static_cast<long long>(counter[0] + done)), one_to_8);
    __m512i c1 = _mm512_set1_epi64(counter[1]);
    __m512i c2 = _mm512_set1_epi64(counter[2]);
    __m512i c3 = _mm512_set1_epi64(counter[3]);
    std::uint32_t key0 = key[0];
    std::uint32_t key1 = key[1];
    for (int round = 0; round < kRounds; ++round) {
      const __m512i product0 = Multiply(multiplier0, c0);
      const __m512i product1 = Multiply(multiplier1, c2);
      c0 = _mm512_xor_si512(_mm512_xor_si512(HighHalf(product1), c1), _mm512_set1_epi64(key0));
      c2 = _mm512_xor_si512(_mm512_xor_si512(HighHalf(product0), c3), _mm512_set1_epi64(key1));
      c1 = product1;
      c3 = product0;
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    const __m512d even = ToDoubles(c0, c1);
    const __m512d odd = ToDoubles(c2, c3);
    _mm512_storeu_pd(numbers + 2 * done, _mm512_permutex2var_pd(even, first_half, odd));
    _mm512_storeu_pd(numbers + 2 * done + 8, _mm512_permutex2var_pd(even, second_half, odd));
  }
  return done;
}

}  // namespace bytepiece

#else

namespace bytepiece {

std::size_t FillAvx512(std::array<std::uint32_t, 4>, std::array<std::uint32_t, 2>, std::size_t,
                       double*) {
  return 0;
}

}  // namespace bytepiece

#endif
