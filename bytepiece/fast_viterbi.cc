// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/fast_viterbi.h"

#include <algorithm>
#include <bit>

#include "bytepiece/splitter.h"
#include "bytepiece/viterbi_kernel.h"
#include "bytepiece/viterbi_kernel_avx512.h"

namespace bytepiece {
namespace {

// Positions whose states are at hand at once: 64 KB of them.
constexpr std::size_t kBlock = std::size_t{1} << 14;

void Advance(ViterbiKernel kernel, const PieceScanner& scanner, const PieceScanner::State* states,
             std::size_t begin, std::size_t end, const ScoreRing& ring, std::uint8_t* last_length) {
  if (kernel == ViterbiKernel::kAvx512) {
    return AdvanceAvx512(scanner, states, begin, end, ring, last_length);
  }
  AdvancePortable(scanner, states, begin, end, ring, last_length);
}

class Encoder {
 public:
  Encoder(const PieceScanner& scanner, TokenId id_offset, FastViterbiScratch* scratch,
          std::vector<TokenId>* ids, ViterbiKernel kernel)
      : scanner_(scanner), id_offset_(id_offset), scratch_(*scratch), ids_(*ids), kernel_(kernel) {
    // A kernel's register holds 8 ends, and one enters it.
    const std::size_t reach = std::max<std::size_t>(scanner.max_length(), 8) + 1;
    scratch_.ring.assign(std::bit_ceil(reach + 1), kUnreachedScore);
    ring_ = {scratch_.ring.data(), scratch_.ring.size() - 1};
    scratch_.states.resize(kBlock + PieceScanner::kMaxLength);
  }

  void Scan(std::string_view text, std::size_t begin, std::size_t end) {
    scanner_.Scan(text, begin, end, scratch_.states.data());
    FillBehind(end - begin);
  }

  // A chunk of any length.
  double AppendChunk(std::string_view chunk) {
    if (chunk.size() <= kBlock) {
      Scan(chunk, 0, chunk.size());
      return AppendScanned(chunk.size(), scratch_.states.data());
    }
    return AppendLong(chunk);
  }

  // Whole chunks, together at most a block, where no match crosses them.
  void AppendChunks(std::string_view text) {
    Scan(text, 0, text.size());
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t length = NextChunk(text.substr(begin));
      AppendScanned(length, scratch_.states.data() + begin);
      begin += length;
    }
  }

  // Strings of any lengths.
  void AppendEach(std::string_view text, absl::Span<const std::size_t> ends,
                  std::vector<std::size_t>* id_ends) {
    std::vector<std::size_t>& block_ends = scratch_.block_ends;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size();) {
      if (ends[i] - begin > kBlock) {
        AppendLong(text.substr(begin, ends[i] - begin));
        id_ends->push_back(ids_.size());
        begin = ends[i++];
        continue;
      }
      block_ends.clear();
      while (i < ends.size() && ends[i] - begin <= kBlock) block_ends.push_back(ends[i++] - begin);
      const std::size_t size = block_ends.back();
      scanner_.ScanEach(text.substr(begin, size), block_ends, scratch_.states.data());
      FillBehind(size);
      std::size_t from = 0;
      for (const std::size_t end : block_ends) {
        AppendScanned(end - from, scratch_.states.data() + from);
        id_ends->push_back(ids_.size());
        from = end;
      }
      begin += size;
    }
  }

 private:
  // Kernels look ahead in the states, for the cache's sake: what they find behind
  // a block must be states, any.
  void FillBehind(std::size_t size) {
    std::fill_n(scratch_.states.data() + size, kKernelLookAhead, PieceScanner::State{0});
  }

  double AppendScanned(std::size_t size, const PieceScanner::State* states) {
    if (scratch_.last_length.size() < size) scratch_.last_length.resize(size);
    std::uint8_t* const last_length = scratch_.last_length.data();
    Advance(kernel_, scanner_, states, 0, size, ring_, last_length);
    const double score = std::exchange(ring_.scores[size & ring_.mask], kUnreachedScore);
    if (scratch_.places.size() < size) scratch_.places.resize(size);
    std::uint32_t* const places = scratch_.places.data();
    std::size_t count = 0;
    for (std::size_t end = size; end > 0; ++count) {
      const int length = last_length[end - 1];
      end -= static_cast<std::size_t>(length);
      places[count] = scanner_.SetOf(states[end]).PlaceOfLength(length);
    }
    // Apart from the walk, so that many of these reads, which the caches seldom
    // hold, are under way at once.
    const std::size_t before = ids_.size();
    ids_.resize(before + count);
    for (TokenId* id = ids_.data() + before; count > 0; ++id) {
      *id = id_offset_ + scanner_.ValueAt(places[--count]);
    }
    return score;
  }

  double AppendLong(std::string_view chunk) {
    const std::size_t size = chunk.size();
    PieceScanner::State* const states = scratch_.states.data();
    if (scratch_.last_length.size() < size) scratch_.last_length.resize(size);
    std::uint8_t* const lengths = scratch_.last_length.data();
    for (std::size_t begin = 0; begin < size; begin += kBlock) {
      const std::size_t end = std::min(begin + kBlock, size);
      Scan(chunk, begin, end);
      Advance(kernel_, scanner_, states, begin, end, ring_, lengths);
    }
    const double score = std::exchange(ring_.scores[size & ring_.mask], kUnreachedScore);
    // The lengths, read from the end, are packed in order at the back of their own
    // array: a piece takes one place there and at least one byte of the chunk.
    std::size_t first = size;
    for (std::size_t end = size; end > 0;) {
      const std::uint8_t length = lengths[end - 1];
      lengths[--first] = length;
      end -= length;
    }
    std::size_t position = 0;
    for (std::size_t begin = 0; begin < size; begin += kBlock) {
      const std::size_t end = std::min(begin + kBlock, size);
      Scan(chunk, begin, end);
      for (; position < end; ++first) {
        const MatchSet set = scanner_.SetOf(states[position - begin]);
        ids_.push_back(id_offset_ + scanner_.ValueAt(set.PlaceOfLength(lengths[first])));
        position += lengths[first];
      }
    }
    return score;
  }

  const PieceScanner& scanner_;
  TokenId id_offset_;
  FastViterbiScratch& scratch_;
  std::vector<TokenId>& ids_;
  ViterbiKernel kernel_;
  ScoreRing ring_;
};

}  // namespace

ViterbiKernel BestViterbiKernel() {
  return HasAvx512() ? ViterbiKernel::kAvx512 : ViterbiKernel::kPortable;
}

double AppendSegmentation(const PieceScanner& scanner, std::string_view chunk, TokenId id_offset,
                          FastViterbiScratch* scratch, std::vector<TokenId>* ids,
                          ViterbiKernel kernel) {
  return Encoder(scanner, id_offset, scratch, ids, kernel).AppendChunk(chunk);
}

void AppendSegmentationsOfEach(const PieceScanner& scanner, std::string_view text,
                               absl::Span<const std::size_t> ends, TokenId id_offset,
                               FastViterbiScratch* scratch, std::vector<TokenId>* ids,
                               std::vector<std::size_t>* id_ends, ViterbiKernel kernel) {
  Encoder(scanner, id_offset, scratch, ids, kernel).AppendEach(text, ends, id_ends);
}

void AppendSegmentations(const PieceScanner& scanner, std::string_view text, TokenId id_offset,
                         FastViterbiScratch* scratch, std::vector<TokenId>* ids,
                         ViterbiKernel kernel) {
  Encoder encoder(scanner, id_offset, scratch, ids, kernel);
  while (!text.empty()) {
    std::size_t length = scanner.keeps_to_chunks() ? LastChunkEnd(text, kBlock) : 0;
    if (length > 0) {
      encoder.AppendChunks(text.substr(0, length));
    } else {
      length = NextChunk(text);
      encoder.AppendChunk(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
}

}  // namespace bytepiece
