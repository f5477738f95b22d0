// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/text/nfc_scan.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "bytepiece/text/nfc_ranges.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace bytepiece {
namespace {

constexpr std::uint32_t kEnd = 0x30000;  // no character from here on is sensitive

// A bit for each code point, by blocks of 64.
constexpr auto kBits = [] {
  std::array<std::uint64_t, kEnd / 64> bits{};
  for (const CodePointRange range : kNfcSensitive) {
    for (std::uint32_t c = range.first; c <= range.last; ++c) {
      bits[c / 64] |= std::uint64_t{1} << c % 64;
    }
  }
  return bits;
}();

constexpr unsigned char kFirstLead = 0xCC;  // of U+0300, the first of them

// Whether a sensitive character begins at `at`, where `left` bytes are left.
inline bool IsSensitive(const unsigned char* at, std::size_t left) {
  const unsigned char lead = at[0];
  const auto continues = [&](std::size_t i) { return i < left && (at[i] & 0xC0) == 0x80; };
  if (lead < kFirstLead || !continues(1)) return false;
  const std::uint32_t second = at[1] & 0x3F;
  if (lead < 0xE0) return (kBits[lead & 0x1F] >> second & 1) != 0;
  if (lead > 0xF0 || !continues(2)) return false;
  const std::uint32_t third = at[2] & 0x3F;
  // Longer than need be, a form is no character.
  if (lead < 0xF0) {
    const std::uint32_t block = (lead & 0xFu) << 6 | second;
    return block >= 0x800 / 64 && (kBits[block] >> third & 1) != 0;
  }
  const std::uint32_t block = second << 6 | third;
  return block >= 0x10000 / 64 && block < kBits.size() && continues(3) &&
         (kBits[block] >> (at[3] & 0x3F) & 1) != 0;
}

}  // namespace

std::size_t FindNfcSensitivePortable(std::string_view text, std::size_t from) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  for (; from < text.size(); ++from) {
    if (bytes[from] >= kFirstLead && IsSensitive(bytes + from, text.size() - from)) break;
  }
  return from;
}

#ifdef __x86_64__

#define BYTEPIECE_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,bmi")))

namespace {

// Bit sets of 8 x N members: member m is bit m % 8 of byte m / 8.
template <std::size_t N>
using BitSet = std::array<std::uint8_t, N>;

template <std::size_t N, typename Has>
constexpr BitSet<N> MakeBitSet(Has has) {
  BitSet<N> set{};
  for (std::size_t m = 0; m < 8 * N; ++m) {
    if (has(m)) set[m / 8] = static_cast<std::uint8_t>(set[m / 8] | 1u << m % 8);
  }
  return set;
}

// Characters of two bytes: code points below 800.
alignas(64) constexpr BitSet<256> kOfTwo = MakeBitSet<256>([](std::size_t m) {
  return (kBits[m / 64] >> m % 64 & 1) != 0;
});
// Characters of three bytes: blocks of 64 code points. E0 80 to E0 9F begin no character.
alignas(64) constexpr BitSet<128> kBlocksOfThree = MakeBitSet<128>([](std::size_t m) {
  return m >= 32 && kBits[m] != 0;
});
// Characters of four bytes with lead F0: 64 blocks of 4096 code points, by the second byte.
constexpr std::uint64_t kSecondsOfFour = [] {
  std::uint64_t set = 0;
  for (std::size_t block = 0x10000 / 64; block < kBits.size(); ++block) {
    if (kBits[block] != 0) set |= std::uint64_t{1} << block / 64;
  }
  return set;
}();
alignas(64) constexpr auto kBytesOfFour = [] {
  std::array<std::uint8_t, 64> bytes{};
  for (std::size_t i = 0; i < 64; ++i) bytes[i] = kSecondsOfFour >> i & 1 ? 0xFF : 0;
  return bytes;
}();

BYTEPIECE_AVX512 inline __m512i Bytes(int value) {
  return _mm512_set1_epi8(static_cast<char>(value));
}

BYTEPIECE_AVX512 inline __m512i Load(const std::uint8_t* at) { return _mm512_loadu_si512(at); }

// Among 64 positions with these bytes and these next bytes, those where a sensitive
// character may begin.
BYTEPIECE_AVX512 inline std::uint64_t MaybeSensitive(__m512i first, __m512i second) {
  const std::uint64_t leads = _mm512_cmpge_epu8_mask(first, Bytes(kFirstLead));
  if (leads == 0) return 0;
  const std::uint64_t of_three = _mm512_mask_cmplt_epu8_mask(
      _mm512_mask_cmpge_epu8_mask(leads, first, Bytes(0xE0)), first, Bytes(0xF0));
  // 1 << (second % 8)
  const __m512i bit = _mm512_shuffle_epi8(_mm512_set1_epi64(0x8040201008040201),  // 0 to 7, twice
                                          _mm512_and_si512(second, Bytes(7)));
  // second / 8 % 8
  const __m512i octet = _mm512_and_si512(_mm512_srli_epi16(second, 3), Bytes(7));
  // With the lead's low four bits above it: of E0 to EF, and of C0 to DF in two halves.
  const __m512i index =
      _mm512_or_si512(octet, _mm512_and_si512(_mm512_slli_epi16(first, 3), Bytes(0x78)));
  std::uint64_t maybe = _mm512_mask_test_epi8_mask(
      of_three, bit,
      _mm512_permutex2var_epi8(Load(&kBlocksOfThree[0]), index, Load(&kBlocksOfThree[64])));
  const std::uint64_t of_two = _mm512_mask_cmplt_epu8_mask(leads, first, Bytes(0xE0));
  if (of_two != 0) {
    const std::uint64_t high = _mm512_mask_cmpge_epu8_mask(of_two, first, Bytes(0xD0));
    maybe |= _mm512_mask_test_epi8_mask(
        of_two & ~high, bit, _mm512_permutex2var_epi8(Load(&kOfTwo[0]), index, Load(&kOfTwo[64])));
    maybe |= _mm512_mask_test_epi8_mask(
        high, bit, _mm512_permutex2var_epi8(Load(&kOfTwo[128]), index, Load(&kOfTwo[192])));
  }
  const std::uint64_t of_four = _mm512_mask_cmpeq_epu8_mask(leads, first, Bytes(0xF0));
  if (of_four != 0) {
    maybe |=
        _mm512_movepi8_mask(_mm512_maskz_permutexvar_epi8(of_four, second, Load(&kBytesOfFour[0])));
  }
  return maybe;
}

}  // namespace

bool HasNfcVectors() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("bmi");
  return has;
}

BYTEPIECE_AVX512
std::size_t FindNfcSensitiveVectors(std::string_view text, std::size_t from) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  while (from < text.size()) {
    const std::size_t left = text.size() - from;
    std::uint64_t maybe = 0;
    if (left > 64) {
      maybe = MaybeSensitive(Load(bytes + from), Load(bytes + from + 1));
    } else {
      alignas(64) std::uint8_t last[128] = {};
      std::memcpy(last, bytes + from, left);
      maybe = MaybeSensitive(Load(last), Load(last + 1));
    }
    for (; maybe != 0; maybe &= maybe - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(maybe));
      if (IsSensitive(bytes + from + i, left - i)) return from + i;
    }
    from += 64;
  }
  return text.size();
}

#else

bool HasNfcVectors() { return false; }
std::size_t FindNfcSensitiveVectors(std::string_view text, std::size_t from) {
  return FindNfcSensitivePortable(text, from);
}

#endif

std::size_t FindNfcSensitive(std::string_view text, std::size_t from) {
  static const bool has_vectors = HasNfcVectors();
  return has_vectors ? FindNfcSensitiveVectors(text, from) : FindNfcSensitivePortable(text, from);
}

}  // namespace bytepiece
