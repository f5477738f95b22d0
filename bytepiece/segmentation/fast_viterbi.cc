// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/fast_viterbi.h"

#include <algorithm>
#include <utility>

#include "bytepiece/base/cpu_features.h"
#include "bytepiece/segmentation/viterbi_kernel.h"
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

// Positions whose match sets are at hand at once: 64 KB of them.
constexpr std::size_t kBlock = kMostStarts;

// How much of a long chunk is kept while its paths do not meet: in text it is some words.
constexpr std::size_t kMostKept = std::size_t{1} << 18;
static_assert(kMostKept + kBlock < BlockPath::kMaxSize);

void Advance(ViterbiKernel kernel, const PieceScanner& scanner, const std::uint32_t* sets,
             std::size_t begin, std::size_t end, const ScoreRing& ring, std::uint8_t* last_length) {
  if (kernel == ViterbiKernel::kAvx512) {
    return AdvanceAvx512(scanner, sets, begin, end, ring, last_length);
  }
  AdvancePortable(scanner, sets, begin, end, ring, last_length);
}

class Encoder {
 public:
  Encoder(const PieceScanner& scanner, TokenId id_offset, FastViterbiScratch* scratch,
          std::vector<TokenId>* ids, ViterbiKernel kernel)
      : scanner_(scanner), id_offset_(id_offset), scratch_(*scratch), ids_(*ids), kernel_(kernel) {
    const std::size_t ring_size = ScoreRingSize(scanner);
    scratch_.rings.assign(2 * ring_size, kUnreachedScore);
    ring_ = {scratch_.rings.data(), ring_size - 1};
    if (scratch_.sets.size() < kBlock + PieceScanner::kMaxLength) {
      scratch_.sets.resize(kBlock + PieceScanner::kMaxLength);
    }
  }

  // A chunk of any length.
  double AppendChunk(std::string_view chunk, double start_score) {
    if (chunk.size() > kBlock) return AppendLong(chunk, start_score);
    Scan(chunk, 0, chunk.size(), 0);
    const double score = AdvanceChunk(chunk.size(), start_score);
    scratch_.ends.assign(1, chunk.size());
    AppendPath();
    return score;
  }

  // Whole chunks, together at most a block, where no match crosses them.
  void AppendChunks(std::string_view text) {
    Scan(text, 0, text.size(), 0);
    std::vector<std::size_t>& ends = scratch_.ends;
    ends.clear();
    for (std::size_t begin = 0; begin < text.size(); begin = ends.back()) {
      ends.push_back(begin + NextChunk(text.substr(begin)));
    }
    AdvanceChunks();
    AppendPath();
  }

  // Strings of any lengths.
  void AppendEach(std::string_view text, absl::Span<const std::size_t> ends,
                  std::vector<std::size_t>* id_ends) {
    std::vector<std::size_t>& block_ends = scratch_.ends;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size();) {
      if (ends[i] - begin > kBlock) {
        AppendLong(text.substr(begin, ends[i] - begin), 0);
        id_ends->push_back(ids_.size());
        begin = ends[i++];
        continue;
      }
      block_ends.clear();
      while (i < ends.size() && ends[i] - begin <= kBlock) block_ends.push_back(ends[i++] - begin);
      const std::size_t size = block_ends.back();
      scanner_.ScanEach(text.substr(begin, size), block_ends, scratch_.sets.data());
      FindSetsAndMore(scanner_, size, scratch_.sets.data());
      AdvanceChunks();
      const std::size_t before = ids_.size();
      AppendPath();
      scratch_.path.AppendCounts(block_ends, before, id_ends);
      begin += size;
    }
  }

 private:
  // Finds the sets of [begin, end), the first to be at that place.
  void Scan(std::string_view text, std::size_t begin, std::size_t end, std::size_t place) {
    ScanSets(scanner_, text, begin, end, scratch_.sets.data() + place);
  }

  void MakeLengths(std::size_t size) {
    size += kLengthSlack;
    if (scratch_.last_length.size() < size) scratch_.last_length.resize(size);
  }

  // The recursion for the chunk of that size, which the block at hand is.
  double AdvanceChunk(std::size_t size, double start_score) {
    MakeLengths(size);
    ring_.scores[0] = start_score;
    Advance(kernel_, scanner_, scratch_.sets.data(), 0, size, ring_, scratch_.last_length.data());
    return std::exchange(ring_.scores[size & ring_.mask], kUnreachedScore);
  }

  // The recursion for all chunks of the block at hand, which no match leaves.
  void AdvanceChunks() {
    MakeLengths(scratch_.ends.back());
    if (kernel_ == ViterbiKernel::kAvx512) {
      AdvanceChunksAvx512(scanner_, scratch_.sets.data(), scratch_.ends, ring_,
                          ring_.scores + ring_.mask + 1, scratch_.last_length.data());
      return;
    }
    AdvanceChunksPortable(scanner_, scratch_.sets.data(), scratch_.ends, ring_,
                          scratch_.last_length.data());
  }

  // The ids of the block at hand.
  void AppendPath() {
    scratch_.path.Read(scratch_.last_length.data(), scratch_.ends);
    scratch_.path.AppendIds(scanner_, scratch_.sets.data(), id_offset_, &ids_);
  }

  // A chunk of several blocks. After each block the part before the point where the paths
  // meet is final; the sets and lengths after it are kept. Where the paths do not meet
  // for long, lengths alone are, until the end.
  double AppendLong(std::string_view chunk, double start_score) {
    ring_.scores[0] = start_score;
    const std::size_t size = chunk.size();
    const std::size_t reach = scanner_.max_length();
    std::size_t final_end = 0;  // what is at hand begins here
    std::size_t cleared = 0;    // up to here, lengths are 0 or of a path
    bool keeps_sets = true;
    for (std::size_t begin = 0; begin < size; begin += kBlock) {
      const std::size_t end = std::min(begin + kBlock, size);
      const std::size_t kept = begin - final_end;
      MakeLengths(kept + kBlock + reach);
      std::uint8_t* const lengths = scratch_.last_length.data();
      std::fill(lengths + (cleared - final_end), lengths + kept + kBlock + reach, 0);
      cleared = begin + kBlock + reach;
      const std::size_t place = keeps_sets ? kept : 0;
      if (scratch_.sets.size() < place + kBlock + PieceScanner::kMaxLength) {
        scratch_.sets.resize(place + kBlock + PieceScanner::kMaxLength);
      }
      Scan(chunk, begin, end, place);
      Advance(kernel_, scanner_, scratch_.sets.data() + place, begin, end, ring_,
              lengths - final_end);
      if (!keeps_sets || end == size) continue;
      const std::size_t meeting = MeetingPoint(lengths, end - final_end, reach);
      if (meeting > 0) {
        scratch_.ends.assign(1, meeting);
        AppendPath();
        std::copy(lengths + meeting, lengths + (cleared - final_end), lengths);
        std::copy(scratch_.sets.data() + meeting, scratch_.sets.data() + (end - final_end),
                  scratch_.sets.data());
        final_end += meeting;
      }
      keeps_sets = end - final_end <= kMostKept;
    }
    if (keeps_sets) {
      scratch_.ends.assign(1, size - final_end);
      AppendPath();
    } else {
      AppendAgain(chunk, final_end);
    }
    return std::exchange(ring_.scores[size & ring_.mask], kUnreachedScore);
  }

  // The ids from `begin` on, for which the sets are found again.
  void AppendAgain(std::string_view chunk, std::size_t begin) {
    std::uint8_t* const lengths = scratch_.last_length.data();
    // The lengths, read from the end, are packed in order at the back of their own
    // array: a piece takes one place there and at least one byte of the chunk.
    std::size_t first = chunk.size() - begin;
    for (std::size_t end = first; end > 0;) {
      const std::uint8_t length = lengths[end - 1];
      lengths[--first] = length;
      end -= length;
    }
    std::size_t position = begin;
    for (; begin < chunk.size(); begin += kBlock) {
      const std::size_t end = std::min(begin + kBlock, chunk.size());
      Scan(chunk, begin, end, 0);
      for (; position < end; ++first) {
        const MatchSet set = scanner_.SetAt(scratch_.sets[position - begin]);
        ids_.push_back(id_offset_ + scanner_.ValueAt(set.PlaceOfLength(lengths[first])));
        position += lengths[first];
      }
    }
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
                          ViterbiKernel kernel, double start_score) {
  return Encoder(scanner, id_offset, scratch, ids, kernel).AppendChunk(chunk, start_score);
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
      encoder.AppendChunk(text.substr(0, length), 0);
    }
    text.remove_prefix(length);
  }
}

}  // namespace bytepiece
