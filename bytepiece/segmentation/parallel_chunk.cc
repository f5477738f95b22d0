// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/parallel_chunk.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "bytepiece/base/for_each_on_threads.h"
#include "bytepiece/segmentation/block_path.h"
#include "bytepiece/segmentation/viterbi_kernel.h"
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"

namespace bytepiece {
namespace {

constexpr std::size_t kBlock = kMostStarts;

// How much of a chunk a thread takes, to the next cut. Where there is none in as much, the part
// before goes on.
constexpr std::size_t kPart = std::size_t{1} << 18;

// Segments except a part's last have at least so many bytes: shorter ones take more time. Where
// scores are suspiciously near, they are cut once more, so that less is done again.
constexpr std::size_t kSegment = 256;
constexpr std::size_t kShortSegment = 8;

// The size of scores a byte, nearly enough to tell what is suspicious.
constexpr double kUsualScore = 2;

// Bytes scanned at once in search of a cut.
constexpr std::size_t kWindow = 1024;

// Not encoded: it must be done again.
constexpr double kUnknown = -1;

struct Segment {
  std::size_t end;     // in the chunk
  std::size_t id_end;  // in its part's ids
  double nearest;      // the least distance between scores that were compared, or kUnknown
};

// Begins and ends at a cut.
struct Part {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::vector<Segment> segments;
  std::vector<TokenId> ids;
};

// The lemma's, for a segment of `size` bytes.
double LeastDistance(double start_score, double largest_score, std::size_t size) {
  const auto bytes = static_cast<double>(size);
  return 8 * bytes * (std::abs(start_score) + bytes * largest_score) * 0x1p-53;
}

// One thread's.
class PartEncoder {
 public:
  PartEncoder(const PieceScanner& scanner, double largest_score, std::string_view chunk,
              TokenId id_offset, ViterbiKernel kernel)
      : scanner_(scanner),
        largest_score_(largest_score),
        chunk_(chunk),
        id_offset_(id_offset),
        kernel_(kernel) {
    const std::size_t ring_size = ScoreRingSize(scanner);
    rings_.assign(2 * ring_size, kUnreachedScore);
    ring_ = {rings_.data(), ring_size - 1};
    sets_.resize(kBlock + PieceScanner::kMaxLength);
    last_length_.resize(kBlock + kLengthSlack);
  }
  PartEncoder(PartEncoder&&) = default;  // a copy's ring would be the original's

  // The first cut in [begin, end); `end` if there is none.
  std::size_t FirstCut(std::size_t begin, std::size_t end) {
    // A piece that crosses a position starts less than its length before it.
    std::size_t from = begin - std::min(begin, scanner_.max_length() - 1);
    std::size_t least = begin - from;
    std::size_t farthest = 0;
    while (from < end) {
      const std::size_t size = std::min(kWindow, end - from);
      Scan(from, size);
      const std::size_t cut = CutOfBlock(0, least, size, &farthest);
      if (cut < size) return from + cut;
      from += size;
      least -= std::min(least, size);
      farthest -= std::min(farthest, size);
    }
    return end;
  }

  void Encode(Part* part) {
    part->ids.reserve(std::min(part->end - part->begin, 2 * kPart) / 3);
    for (std::size_t begin = part->begin; begin < part->end;) {
      const std::size_t size = std::min(kBlock, part->end - begin);
      Scan(begin, size);
      ends_.clear();
      FindCuts(0, size, kSegment, &ends_);
      if (begin + size == part->end) ends_.push_back(size);
      if (ends_.empty()) {
        // From the next multiple of kPart on FindParts has found none.
        const std::size_t limit = std::min(part->end, (part->begin / kPart + 1) * kPart);
        const std::size_t cut = begin + size < limit ? FirstCut(begin + size, limit) : limit;
        begin = cut < limit ? cut : part->end;
        part->segments.push_back({begin, part->ids.size(), kUnknown});
      } else {
        EncodeSegments(begin, part);
        begin += ends_.back();
      }
    }
  }

 private:
  // Finds the sets of the block that begins there.
  void Scan(std::size_t begin, std::size_t size) {
    ScanSets(scanner_, chunk_, begin, begin + size, sets_.data());
  }

  // The first cut in [least, size) of the block at hand; `size` if there is none. The pieces that
  // start before `first` end at most at *farthest, and afterwards those before `size` do.
  std::size_t CutOfBlock(std::size_t first, std::size_t least, std::size_t size,
                         std::size_t* farthest) const {
    for (std::size_t i = first; i < size; ++i) {
      if (i >= least && *farthest <= i) return i;
      *farthest = std::max(*farthest, i + scanner_.SetAt(sets_[i]).longest());
    }
    return size;
  }

  // Appends cuts of the block at hand, from `begin`, which is one, to before `end`, at least
  // `distance` bytes apart.
  void FindCuts(std::size_t begin, std::size_t end, std::size_t distance,
                std::vector<std::size_t>* cuts) const {
    const std::size_t reach = scanner_.max_length() - 1;
    while (begin + distance < end) {
      const std::size_t least = begin + distance;
      std::size_t farthest = 0;
      begin = CutOfBlock(std::max(begin, least - std::min(least, reach)), least, end, &farthest);
      if (begin < end) cuts->push_back(begin);
    }
  }

  // The segments ends_ of the block at hand, which begins there.
  void EncodeSegments(std::size_t begin, Part* part) {
    nearest_.resize(ends_.size());
    Advance(0, ends_, nearest_.data());
    CutSuspicious(begin);
    path_.Read(last_length_.data(), final_ends_);
    id_ends_.clear();
    path_.AppendCounts(final_ends_, part->ids.size(), &id_ends_);
    path_.AppendIds(scanner_, sets_.data(), id_offset_, &part->ids);
    for (std::size_t i = 0; i < final_ends_.size(); ++i) {
      part->segments.push_back({begin + final_ends_[i], id_ends_[i], final_nearest_[i]});
    }
  }

  // The recursion over the segments of the block at hand that end at `ends`, the first at `begin`.
  void Advance(std::size_t begin, absl::Span<const std::size_t> ends, double* nearest) {
    relative_ends_.clear();
    for (const std::size_t end : ends) relative_ends_.push_back(end - begin);
    const std::uint32_t* const sets = sets_.data() + begin;
    std::uint8_t* const last_length = last_length_.data() + begin;
    if (kernel_ == ViterbiKernel::kAvx512) {
      AdvanceChunksAvx512(scanner_, sets, relative_ends_, ring_, rings_.data() + ring_.mask + 1,
                          last_length, nearest);
    } else {
      AdvanceChunksPortable(scanner_, sets, relative_ends_, ring_, last_length, nearest);
    }
  }

  // Makes final_ends_ of ends_, with more cuts where scores are near.
  void CutSuspicious(std::size_t block_begin) {
    final_ends_.clear();
    final_nearest_.clear();
    const double start_score = kUsualScore * static_cast<double>(block_begin);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      const std::size_t first = final_ends_.size();
      if (nearest_[i] <= LeastDistance(start_score, largest_score_, ends_[i] - begin)) {
        FindCuts(begin, ends_[i], kShortSegment, &final_ends_);
      }
      const bool is_cut_more = final_ends_.size() > first;
      final_ends_.push_back(ends_[i]);
      final_nearest_.resize(final_ends_.size(), nearest_[i]);
      if (is_cut_more) {
        Advance(begin, absl::MakeSpan(final_ends_).subspan(first), &final_nearest_[first]);
      }
      begin = ends_[i];
    }
  }

  const PieceScanner& scanner_;
  double largest_score_;
  std::string_view chunk_;
  TokenId id_offset_;
  ViterbiKernel kernel_;
  std::vector<double> rings_;  // of two recursions
  ScoreRing ring_;
  std::vector<std::uint32_t> sets_;        // by position in the block
  std::vector<std::uint8_t> last_length_;  // by end - 1
  // Indexed by segment of the block, as first cut and as cut once more.
  std::vector<std::size_t> ends_;
  std::vector<double> nearest_;
  std::vector<std::size_t> final_ends_;
  std::vector<double> final_nearest_;
  std::vector<std::size_t> id_ends_;
  std::vector<std::size_t> relative_ends_;  // of the segments at hand
  BlockPath path_;
};

// Calls work(i, encoder) for i in [0, size) on as many threads as there are encoders, each with
// its own.
template <typename Work>
void ForEachPart(std::size_t size, std::vector<PartEncoder>* encoders, Work work) {
  ForEachOnThreads(size, static_cast<int>(encoders->size()),
                   [&](std::size_t i) { work(i, &(*encoders)[omp_get_thread_num()]); });
}

std::vector<Part> FindParts(std::size_t size, std::vector<PartEncoder>* encoders) {
  std::vector<std::size_t> begins((size + kPart - 1) / kPart);
  ForEachPart(begins.size(), encoders, [&](std::size_t i, PartEncoder* encoder) {
    begins[i] = encoder->FirstCut(i * kPart, std::min(size, (i + 1) * kPart));
  });
  std::vector<Part> parts;
  for (std::size_t i = 0; i < begins.size(); ++i) {
    if (begins[i] == std::min(size, (i + 1) * kPart)) continue;  // no cut
    if (!parts.empty()) parts.back().end = begins[i];
    parts.emplace_back().begin = begins[i];
  }
  parts.back().end = size;
  return parts;
}

// Joins the segments of all parts in their order to the best segmentation of the chunk. Keeps the
// true sum up to a point, and how far beyond it segments wait to be done again from there.
class Stitcher {
 public:
  Stitcher(const PieceScanner& scanner, absl::Span<const double> scores, double largest_score,
           std::string_view chunk, TokenId id_offset, ViterbiKernel kernel,
           std::vector<TokenId>* ids)
      : scanner_(scanner),
        scores_(scores),
        largest_score_(largest_score),
        chunk_(chunk),
        id_offset_(id_offset),
        kernel_(kernel),
        ids_(ids) {}

  // The next segment, from where the one before ended, with its ids.
  void Add(const Segment& segment, absl::Span<const TokenId> ids) {
    if (IsCertain(segment)) {
      CatchUp();
      for (const TokenId id : ids) score_ += scores_[id - id_offset_];
      ids_->insert(ids_->end(), ids.begin(), ids.end());
      done_ = segment.end;
    }
    end_ = segment.end;
  }

  // After the last segment.
  void Finish() { CatchUp(); }

 private:
  // Whether the lemma says that its decisions hold for the true sum at its begin.
  bool IsCertain(const Segment& segment) const {
    const auto waiting = static_cast<double>(end_ - done_);
    const double most = std::abs(score_) + waiting * largest_score_;
    return segment.nearest > LeastDistance(most, largest_score_, segment.end - end_);
  }

  // Does again what waits.
  void CatchUp() {
    if (done_ == end_) return;
    score_ = AppendSegmentation(scanner_, chunk_.substr(done_, end_ - done_), id_offset_, &scratch_,
                                ids_, kernel_, score_);
    done_ = end_;
  }

  const PieceScanner& scanner_;
  absl::Span<const double> scores_;
  double largest_score_;
  std::string_view chunk_;
  TokenId id_offset_;
  ViterbiKernel kernel_;
  std::vector<TokenId>* ids_;
  FastViterbiScratch scratch_;
  double score_ = 0;      // the true sum at done_
  std::size_t done_ = 0;  // up to here all ids are out
  std::size_t end_ = 0;   // of the segments that were added
};

// Takes the parts' memory as it goes.
void StitchParts(std::vector<Part>* parts, std::vector<TokenId>* ids, Stitcher* stitcher) {
  std::size_t size = 0;
  for (const Part& part : *parts) size += part.ids.size();
  ids->reserve(ids->size() + size);
  for (Part& part : *parts) {
    std::size_t begin = 0;
    for (const Segment& segment : part.segments) {
      stitcher->Add(segment, absl::MakeSpan(part.ids).subspan(begin, segment.id_end - begin));
      begin = segment.id_end;
    }
    part = {};
  }
  stitcher->Finish();
}

double LargestMagnitude(absl::Span<const double> scores) {
  double largest = 0;
  for (const double score : scores) largest = std::max(largest, std::abs(score));
  return largest;
}

}  // namespace

void AppendSegmentationOnThreads(const PieceScanner& scanner, absl::Span<const double> scores,
                                 std::string_view chunk, TokenId id_offset, int threads,
                                 std::vector<TokenId>* ids, ViterbiKernel kernel) {
  if (chunk.empty()) return;
  const double largest_score = LargestMagnitude(scores);
  const std::size_t most_parts = (chunk.size() + kPart - 1) / kPart;
  const std::size_t num_encoders = std::min<std::size_t>(threads, most_parts);
  std::vector<PartEncoder> encoders;
  encoders.reserve(num_encoders);
  while (encoders.size() < num_encoders) {
    encoders.emplace_back(scanner, largest_score, chunk, id_offset, kernel);
  }
  std::vector<Part> parts = FindParts(chunk.size(), &encoders);
  ForEachPart(parts.size(), &encoders,
              [&](std::size_t i, PartEncoder* encoder) { encoder->Encode(&parts[i]); });
  Stitcher stitcher(scanner, scores, largest_score, chunk, id_offset, kernel, ids);
  StitchParts(&parts, ids, &stitcher);
}

}  // namespace bytepiece
