// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/whole_viterbi.h"

#include <algorithm>

#include "bytepiece/segmentation/gaps.h"
#include "bytepiece/segmentation/whole_kernel.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

// Positions whose entries are at hand at once: 64 KB of them.
constexpr std::size_t kBlock = kMostWholeStarts;

class Encoder {
 public:
  Encoder(const WholeEngine& engine, TokenId id_offset, WholeViterbiScratch* scratch,
          std::vector<TokenId>* ids)
      : scanner_(*engine.scanner),
        rows_(*engine.rows),
        kernel_(engine.kernel),
        advance_(*AdvanceWhole(engine.kernel)),
        id_offset_(id_offset),
        scratch_(*scratch),
        ids_(*ids) {
    scratch_.last.Resize(kBlock);
    if (scratch_.entries.size() < kBlock + PieceScanner::kMaxLength) {
      scratch_.entries.resize(kBlock + PieceScanner::kMaxLength);
    }
  }

  // A chunk of any length, block by block, each up to a gap.
  void AppendChunk(std::string_view chunk) {
    for (std::size_t begin = 0; begin < chunk.size();) {
      const std::size_t size = std::min(kBlock, chunk.size() - begin);
      Scan(chunk, begin, size);
      const std::size_t end = begin + size < chunk.size() ? LastGap(size) : size;
      if (end > 0) {
        scratch_.ends.assign(1, end);
        AppendBlock();
        begin += end;
      } else {
        const std::size_t gap =
            FirstGap(scanner_, rows_, chunk, begin + size, chunk.size(), &scratch_.entries);
        AppendGapless(chunk.substr(begin, gap - begin));
        begin = gap;
      }
    }
  }

  // Whole chunks, together at most a block, where no match crosses them.
  void AppendChunks(std::string_view text) {
    Scan(text, 0, text.size());
    std::vector<std::size_t>& ends = scratch_.ends;
    ends.clear();
    for (std::size_t begin = 0; begin < text.size(); begin = ends.back()) {
      ends.push_back(begin + NextChunk(text.substr(begin)));
    }
    AppendBlock();
  }

  // Strings of any lengths.
  void AppendEach(std::string_view text, absl::Span<const std::size_t> ends,
                  std::vector<std::size_t>* id_ends) {
    std::vector<std::size_t>& block_ends = scratch_.ends;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size();) {
      if (ends[i] - begin > kBlock) {
        AppendChunk(text.substr(begin, ends[i] - begin));
        id_ends->push_back(ids_.size());
        begin = ends[i++];
        continue;
      }
      block_ends.clear();
      while (i < ends.size() && ends[i] - begin <= kBlock) block_ends.push_back(ends[i++] - begin);
      const std::size_t size = block_ends.back();
      scanner_.ScanEach(text.substr(begin, size), block_ends, scratch_.entries.data());
      rows_.FindEntries(absl::MakeSpan(scratch_.entries.data(), size));
      const std::size_t before = ids_.size();
      AppendBlock();
      scratch_.path.AppendCounts(block_ends, before, id_ends);
      begin += size;
    }
  }

 private:
  void Scan(std::string_view text, std::size_t begin, std::size_t size) {
    scanner_.Scan(text, begin, begin + size, scratch_.entries.data());
    rows_.FindEntries(absl::MakeSpan(scratch_.entries.data(), size));
  }

  // The last gap in the block at hand, searched for in more and more of its end; 0 if there is
  // none.
  std::size_t LastGap(std::size_t size) const {
    for (std::size_t most = scanner_.max_length() + 256;; most *= 4) {
      const std::size_t begin = size - std::min(size, most);
      const std::size_t gap =
          LastGapOf(rows_, scratch_.entries.data(), begin, size, scanner_.max_length());
      if (gap > 0 || begin == 0) return gap;
    }
  }

  // The ids of the block at hand, whose chunks scratch_.ends are.
  void AppendBlock() {
    if (scratch_.ends.back() == 0) {
      scratch_.path.Clear();
      return;
    }
    advance_(rows_, scratch_.entries.data(), scratch_.ends, &scratch_.last);
    scratch_.path.Read(scratch_.last, scratch_.ends);
    scratch_.path.AppendIds(rows_, scratch_.entries.data(), id_offset_, &ids_);
  }

  // A stretch without a gap, of any length, by the recursion over doubles, whose sums of such
  // scores are exact as well.
  void AppendGapless(std::string_view stretch) {
    const ViterbiKernel kernel =
        kernel_ == Kernel::kAvx512 ? ViterbiKernel::kAvx512 : ViterbiKernel::kPortable;
    AppendSegmentation(scanner_, stretch, id_offset_, &scratch_.gapless, &ids_, kernel);
  }

  const PieceScanner& scanner_;
  const WholeRows& rows_;
  Kernel kernel_;
  AdvanceWholeFunction& advance_;
  TokenId id_offset_;
  WholeViterbiScratch& scratch_;
  std::vector<TokenId>& ids_;
};

}  // namespace

void AppendSegmentation(const WholeEngine& engine, std::string_view chunk, TokenId id_offset,
                        WholeViterbiScratch* scratch, std::vector<TokenId>* ids) {
  Encoder(engine, id_offset, scratch, ids).AppendChunk(chunk);
}

void AppendSegmentations(const WholeEngine& engine, std::string_view text, TokenId id_offset,
                         WholeViterbiScratch* scratch, std::vector<TokenId>* ids) {
  Encoder encoder(engine, id_offset, scratch, ids);
  while (!text.empty()) {
    std::size_t length = engine.scanner->keeps_to_chunks() ? LastChunkEnd(text, kBlock) : 0;
    if (length > 0) {
      encoder.AppendChunks(text.substr(0, length));
    } else {
      length = NextChunk(text);
      encoder.AppendChunk(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
}

void AppendSegmentationsOfEach(const WholeEngine& engine, std::string_view text,
                               absl::Span<const std::size_t> ends, TokenId id_offset,
                               WholeViterbiScratch* scratch, std::vector<TokenId>* ids,
                               std::vector<std::size_t>* id_ends) {
  Encoder(engine, id_offset, scratch, ids).AppendEach(text, ends, id_ends);
}

}  // namespace bytepiece
