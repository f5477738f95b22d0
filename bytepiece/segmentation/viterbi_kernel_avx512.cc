// SPDX-License-Identifier: Apache-2.0
// The scores of the next 8 ends are kept in a register. A match set's scores are
// spread to the lanes of their lengths, the start's score is added to all of them,
// and the maximum taken lane by lane; then the lanes move on by one end. The next start
// waits for one addition, one maximum and one broadcast, however many pieces there are,
// and no branch depends on the text except for pieces of more than 8 bytes, which are
// offered one by one to the ring beyond the register.
//
// Example: pieces a, b, ab. At 0 of "abb" the set {a, ab} offers S[0] + s(a) to
// lane 0 (end 1) and S[0] + s(ab) to lane 1 (end 2).
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"

#ifdef __x86_64__

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#define BYTEPIECE_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt")))

namespace bytepiece {
namespace {

// How many ends the registers hold.
constexpr std::size_t kWindow = 8;

// The following take the forms with a mask that selects all lanes: GCC warns of an
// uninitialised variable in its own header for the plain ones (bug 105593).
constexpr __mmask8 kAllLanes = 0xFF;

BYTEPIECE_AVX512 inline __m512d Max(__m512d a, __m512d b) {
  return _mm512_maskz_max_pd(kAllLanes, a, b);
}

// Gives that lane in all lanes.
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

// The tables that a recursion reads and writes beside its own state.
struct Tables {
  const std::uint64_t* words;
  const std::uint32_t* sets;  // by position
  std::uint8_t* last_length;
  std::size_t mask;  // of the ring
};

// A recursion on its way.
struct Strand {
  std::size_t start;
  double* scores;  // the ring's
  // For each start, a bit for each of the 8 next ends: whether a piece from there became its
  // best last one. Lengths would take a store under a mask, several cycles.
  std::uint8_t* better;
  __m512d start_score;  // in all lanes
  // Lane i is the score of end start + 1 + i; those ends are unreached in the ring.
  __m512d window;
};

BYTEPIECE_AVX512 inline __m512d Unreached() { return _mm512_set1_pd(kUnreachedScore); }

// Bits read on either side of a strand's better bits, which must be 0.
constexpr std::size_t kBitsBefore = kWindow;
constexpr std::size_t kBitsBehind = kWindow + 64;

// The lengths of the best last pieces of the ends up to 8 after [begin, end), where
// one from there became the best.
BYTEPIECE_AVX512 void TakeLengths(std::uint8_t* better, std::size_t begin, std::size_t end,
                                  std::uint8_t* last_length) {
  std::memset(better + begin - kBitsBefore, 0, kBitsBefore);
  std::memset(better + end, 0, kBitsBehind);
  for (std::size_t i = begin; i < end + kWindow; i += 64) {
    __m512i lengths = _mm512_loadu_si512(last_length + i);
    // The last start that became better stays: the nearest.
#pragma GCC unroll 8
    for (std::size_t length = kWindow; length > 0; --length) {
      const __mmask64 has =
          _mm512_test_epi8_mask(_mm512_loadu_si512(better + i + 1 - length),
                                _mm512_set1_epi8(static_cast<char>(1u << (length - 1))));
      lengths = _mm512_mask_mov_epi8(lengths, has, _mm512_set1_epi8(static_cast<char>(length)));
    }
    _mm512_storeu_si512(last_length + i, lengths);
  }
}

#define BYTEPIECE_AVX512_STEP BYTEPIECE_AVX512 inline __attribute__((always_inline))

// Offers the pieces of more than 8 bytes, which the set lists with their lengths, to their ends in
// the ring.
BYTEPIECE_AVX512_STEP void OfferLongPieces(const Tables& tables, const std::uint64_t* set,
                                           std::uint64_t header, Strand* strand) {
  double* const scores = strand->scores;
  const double score = _mm512_cvtsd_f64(strand->start_score);
  const std::uint64_t* piece = set + 1 + static_cast<std::uint8_t>(header >> 16);
  for (auto n = static_cast<std::uint8_t>(header >> 8); n > 0; --n, piece += 2) {
    const std::size_t match_end = strand->start + piece[1];
    const double candidate = score + std::bit_cast<double>(piece[0]);
    if (candidate > scores[match_end & tables.mask]) {
      scores[match_end & tables.mask] = candidate;
      tables.last_length[match_end - 1] = static_cast<std::uint8_t>(piece[1]);
    }
  }
}

// The scores that the set's pieces of up to 8 bytes give their ends, by lane; the others unreached.
BYTEPIECE_AVX512_STEP __m512d ShortCandidates(const std::uint64_t* set, std::uint64_t header,
                                              __m512d start_score) {
  const auto lengths = static_cast<__mmask8>(header);
  // Apart from the expansion, which from memory is several times slower.
  __m512d of_set = _mm512_loadu_pd(set + 1);
  asm("" : "+v"(of_set));
  return _mm512_mask_add_pd(Unreached(), lengths, start_score,
                            _mm512_maskz_expand_pd(lengths, of_set));
}

// The window with what the candidates improve; notes in the strand which ends they do.
BYTEPIECE_AVX512_STEP __m512d BetterOf(__m512d candidates, Strand* strand) {
  // Strictly better: on a tie the earlier start, the longer piece, stays.
  const __mmask8 better = _mm512_cmp_pd_mask(candidates, strand->window, _CMP_GT_OQ);
  const std::uint32_t bits = better;  // and none of the starts that a stride leaves out
  std::memcpy(strand->better + strand->start, &bits, sizeof(bits));
  return Max(candidates, strand->window);
}

// Moves on by `stride` positions, 1 to 3, but not beyond `limit`: the lane of the next start gives
// its score, and the ends that come into the window are taken out of the ring.
BYTEPIECE_AVX512_STEP void MoveOn(__m512d window, std::size_t stride, std::size_t mask,
                                  std::size_t limit, Strand* strand) {
  const std::size_t start = strand->start;
  const std::size_t first_end = start + kWindow + 1;
  if (stride == 3 && start + 3 <= limit) {
    strand->start_score = Lane<2>(window);
    strand->window = ShiftDown<3>(TakeThree(strand->scores, mask, first_end), window);
    strand->start = start + 3;
  } else if (stride == 2 && start + 2 <= limit) {
    strand->start_score = Lane<1>(window);
    strand->window = ShiftDown<2>(TakeTwo(strand->scores, mask, first_end), window);
    strand->start = start + 2;
  } else {
    strand->start_score = Lane<0>(window);
    strand->window = ShiftDown<1>(TakeOne(strand->scores, mask, first_end), window);
    strand->start = start + 1;
  }
}

// Takes the start of `strand` and moves on, not beyond `limit`.
BYTEPIECE_AVX512_STEP void Step(const Tables& tables, std::size_t limit, Strand* strand) {
  const std::uint32_t* const sets = tables.sets + strand->start;
  const std::uint64_t* const set = tables.words + sets[0];
  _mm_prefetch(reinterpret_cast<const char*>(tables.words + sets[kKernelLookAhead]), _MM_HINT_T0);
  const std::uint64_t header = set[0];
  if ((header & PieceScanner::kHasLong) != 0) [[unlikely]] {
    OfferLongPieces(tables, set, header, strand);
  }
  const __m512d candidates = ShortCandidates(set, header, strand->start_score);
  const __m512d window = BetterOf(candidates, strand);
  MoveOn(window, header >> 24, tables.mask, limit, strand);
}

constexpr std::size_t kNoLimit = ~std::size_t{0};

// A strand over chunks in a row. As no match leaves a chunk, at its end all later
// ends are unreached, and the next one begins where only the score starts anew.
struct ChunkStrand {
  Strand strand;
  const std::size_t* end;   // of the current chunk
  const std::size_t* last;  // of all
  std::size_t chunk_end;    // *end

  bool AtEnd() const { return strand.start == chunk_end; }

  // To the next chunk that is not empty; false if there is none.
  BYTEPIECE_AVX512 bool NextChunk() {
    strand.start_score = _mm512_setzero_pd();
    while (end != last) {
      chunk_end = *++end;
      if (!AtEnd()) return true;
    }
    return false;
  }
};

}  // namespace

BYTEPIECE_AVX512
void AdvanceAvx512(const PieceScanner& scanner, const std::uint32_t* sets, std::size_t begin,
                   std::size_t end, const ScoreRing& ring, std::uint8_t* last_length) {
  double* const scores = ring.scores;
  const std::size_t mask = ring.mask;
  std::uint8_t bits[kBitsBefore + kMostStarts + kBitsBehind];
  std::uint8_t* const better = bits + kBitsBefore - begin;
  alignas(64) double lanes[kWindow];
  const double start_score = std::exchange(scores[begin & mask], kUnreachedScore);
  for (std::size_t i = 0; i < kWindow; ++i) {
    lanes[i] = std::exchange(scores[(begin + 1 + i) & mask], kUnreachedScore);
  }
  Strand strand = {begin, scores, better, _mm512_set1_pd(start_score), _mm512_load_pd(lanes)};
  const Tables tables = {scanner.set_words(), sets - begin, last_length, mask};
  while (strand.start < end) Step(tables, end, &strand);
  TakeLengths(better, begin, end, last_length);
  // At the end of a chunk this is all there is.
  scores[end & mask] = _mm512_cvtsd_f64(strand.start_score);
  if (_mm512_cmp_pd_mask(strand.window, Unreached(), _CMP_GT_OQ) == 0) return;
  _mm512_store_pd(lanes, strand.window);
  for (std::size_t i = 0; i < kWindow; ++i) scores[(end + 1 + i) & mask] = lanes[i];
}

// Two strands side by side, each waiting for its own sums only.
BYTEPIECE_AVX512
void AdvanceChunksAvx512(const PieceScanner& scanner, const std::uint32_t* sets,
                         absl::Span<const std::size_t> ends, const ScoreRing& ring,
                         double* second_scores, std::uint8_t* last_length) {
  if (ends.empty()) return;
  const Tables tables = {scanner.set_words(), sets, last_length, ring.mask};
  const std::size_t* const last = ends.data() + ends.size() - 1;
  const std::size_t* const middle = std::lower_bound(ends.data(), last, *last / 2);
  std::uint8_t bits[2 * kBitsBefore + kMostStarts + 2 * kBitsBehind];
  std::uint8_t* const a_better = bits + kBitsBefore;
  std::uint8_t* const b_better = a_better + kBitsBehind + kBitsBefore;
  ChunkStrand a = {
      {0, ring.scores, a_better, _mm512_setzero_pd(), Unreached()}, ends.data(), middle, ends[0]};
  ChunkStrand b = {
      {*middle, second_scores, b_better, _mm512_setzero_pd(), Unreached()}, middle, last, *middle};
  bool a_goes_on = !a.AtEnd() || a.NextChunk();
  bool b_goes_on = b.NextChunk();
  while (a_goes_on && b_goes_on) {
    do {
      Step(tables, kNoLimit, &a.strand);
      Step(tables, kNoLimit, &b.strand);
    } while (!a.AtEnd() && !b.AtEnd());
    if (a.AtEnd()) a_goes_on = a.NextChunk();
    if (b.AtEnd()) b_goes_on = b.NextChunk();
  }
  for (ChunkStrand* rest : {&a, &b}) {
    bool goes_on = rest == &a ? a_goes_on : b_goes_on;
    while (goes_on) {
      while (!rest->AtEnd()) Step(tables, kNoLimit, &rest->strand);
      goes_on = rest->NextChunk();
    }
  }
  TakeLengths(a_better, 0, *middle, last_length);
  TakeLengths(b_better, *middle, *last, last_length);
}

}  // namespace bytepiece

#else

namespace bytepiece {

void AdvanceAvx512(const PieceScanner&, const PieceScanner::State*, std::size_t, std::size_t,
                   const ScoreRing&, std::uint8_t*) {}
void AdvanceChunksAvx512(const PieceScanner&, const std::uint32_t*, absl::Span<const std::size_t>,
                         const ScoreRing&, double*, std::uint8_t*) {}

}  // namespace bytepiece

#endif
