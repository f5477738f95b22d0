// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngrams/ngram_segmenter.h"

#include <algorithm>
#include <limits>

#include "bytepiece/base/utf8.h"

namespace bytepiece {
namespace {

constexpr double kNegativeInfinity = -std::numeric_limits<double>::infinity();

// Back pointers of one byte: the tag before tag 0, and whether the tag before
// the top tag is the top tag again. The other tags have one predecessor.
constexpr std::uint8_t kTagBeforeZero = 0x0F;
constexpr std::uint8_t kTopRepeats = 0x80;

}  // namespace

NgramSegmenter::NgramSegmenter(const NgramModel* model, bool ensure_unicode, TrainingMethod method)
    : emissions_(model), ensure_unicode_(ensure_unicode), method_(method) {
  static constexpr ChunkFunction kByOrder[] = {
      nullptr,
      nullptr,
      &NgramSegmenter::SegmentChunk<2>,
      &NgramSegmenter::SegmentChunk<3>,
      &NgramSegmenter::SegmentChunk<4>,
      &NgramSegmenter::SegmentChunk<5>,
      &NgramSegmenter::SegmentChunk<6>,
      &NgramSegmenter::SegmentChunk<7>,
  };
  segment_chunk_ = kByOrder[model->order()];
}

void NgramSegmenter::Segment(std::string_view text, absl::Span<const std::size_t> chunk_ends,
                             std::vector<std::size_t>* piece_ends) {
  piece_ends->clear();
  piece_ends_ = piece_ends;
  pointers_.resize(text.size());
  emissions_.Fill(text, chunk_ends);
  std::size_t begin = 0;
  for (const std::size_t end : chunk_ends) {
    (this->*segment_chunk_)(text, begin, end);
    begin = end;
  }
}

template <int kOrder>
void NgramSegmenter::SegmentChunk(std::string_view text, std::size_t begin, std::size_t end) {
  while (begin < end) {
    int tag = 0;
    const std::size_t dead = FindDeadEnd<kOrder>(text, begin, end, &tag);
    if (dead == end) {
      Trace<kOrder>(begin, end, tag);
      return;
    }
    std::size_t character = dead;
    while (character > begin && IsUtf8Continuation(text[character])) --character;
    std::size_t after = end;
    if (method_ != TrainingMethod::kExact) {
      after = dead + 1;
      while (after < end && IsUtf8Continuation(text[after])) ++after;
    }
    // The character's first byte starts a piece: tag 0 there.
    Trace<kOrder>(begin, character + 1, 0);
    for (std::size_t i = character + 1; i < after; ++i) piece_ends_->push_back(i + 1);
    begin = after;
  }
}

// Fills pointers_ from `begin` on. Returns the first byte where no tag is
// possible, or `end` and then the best tag of the last byte.
template <int kOrder>
std::size_t NgramSegmenter::FindDeadEnd(std::string_view text, std::size_t begin, std::size_t end,
                                        int* last_tag) {
  constexpr int kTop = kOrder - 1;
  const auto may_start_at = [&](std::size_t i) {
    return !ensure_unicode_ || !IsUtf8Continuation(text[i]);
  };
  if (!may_start_at(begin)) return begin;
  // A piece starts here: after a restart longer n-grams would reach back.
  double best[kOrder];
  std::fill(best, best + kOrder, kNegativeInfinity);
  best[0] = emissions_.row(begin)[0];
  for (std::size_t i = begin + 1; i < end; ++i) {
    const double* const emission = emissions_.row(i);
    const bool may_start = may_start_at(i);
    // The emission is added before comparing: rounding can make a tie, and on
    // a tie the lowest tag before wins.
    double start = kNegativeInfinity;
    std::uint8_t pointer = 0;
    if (may_start) {
      for (int k = 0; k < kOrder; ++k) {
        const double candidate = best[k] + emission[0];
        if (candidate > start) {
          start = candidate;
          pointer = static_cast<std::uint8_t>(k);
        }
      }
    }
    const double rise = best[kTop - 1] + emission[kTop];
    const double repeat = best[kTop] + emission[kTop];
    if (repeat > rise) pointer |= kTopRepeats;
    best[kTop] = repeat > rise ? repeat : rise;
    bool alive = may_start || best[kTop] > kNegativeInfinity;
    for (int t = kTop - 1; t > 0; --t) {
      best[t] = best[t - 1] + emission[t];
      alive |= best[t] > kNegativeInfinity;
    }
    best[0] = start;
    pointers_[i] = pointer;
    if (!alive) return i;
  }
  *last_tag = 0;
  for (int t = 1; t < kOrder; ++t) {
    if (best[t] > best[*last_tag]) *last_tag = t;
  }
  return end;
}

// Appends the ends of the pieces of [begin, end), whose last byte has `tag`.
template <int kOrder>
void NgramSegmenter::Trace(std::size_t begin, std::size_t end, int tag) {
  constexpr int kTop = kOrder - 1;
  starts_.clear();
  for (std::size_t i = end; i-- > begin;) {
    if (tag == 0) {
      starts_.push_back(i);
      tag = pointers_[i] & kTagBeforeZero;
    } else if (tag < kTop || (pointers_[i] & kTopRepeats) == 0) {
      --tag;
    }
  }
  for (std::size_t n = starts_.size(); n-- > 1;) piece_ends_->push_back(starts_[n - 1]);
  piece_ends_->push_back(end);
}

}  // namespace bytepiece
