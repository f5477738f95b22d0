// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/prefix_encoder.h"

#include <algorithm>

#include "bytepiece/segmentation/incremental_segmenter.h"

namespace bytepiece {

absl::StatusOr<std::int64_t> PrefixEncoder::Encode(std::int64_t max_tokens, std::string_view text,
                                                   std::vector<TokenId>* ids) {
  if (options_.special_tokens == SpecialTokenPolicy::kForbid) {
    const SpecialTokens::Match match = special_tokens_.Find(text, 0);
    if (match.begin != SpecialTokens::npos) {
      return special_tokens_.Forbidden(match.id, static_cast<std::int64_t>(match.begin));
    }
  }
  text_ = text;
  ids_ = ids;
  first_ = ids->size();
  max_ids_ = static_cast<std::size_t>(std::max<std::int64_t>(max_tokens, 0));
  if (options_.add_bos && !IsFull()) ids->push_back(kBosId);
  while (!IsFull()) {
    run_end_ = consumed_;
    run_is_known_ = false;
    EncodeRun(consumed_);
    if (IsFull()) break;
    if (match_.begin == SpecialTokens::npos) {
      if (options_.add_eos) ids->push_back(kEosId);
      break;
    }
    ids->push_back(match_.id);
    consumed_ = match_.end;
  }
  return static_cast<std::int64_t>(consumed_);
}

// Encodes the run that begins at `begin`, to its end or until there are enough ids.
void PrefixEncoder::EncodeRun(std::size_t begin) {
  const std::size_t run_first = ids_->size();
  IncrementalSegmenter segmenter(vocabulary_.unigram(), kFirstPieceId, &vocabulary_.scanner());
  blocks_.clear();
  std::size_t normalized_begin = 0;
  for (;;) {
    const std::string_view block = NextBlock(begin);
    if (block.empty()) break;
    const std::string_view normalized = Normalize(normalization_, block, &normalized_);
    blocks_.push_back({begin, begin + block.size(), normalized_begin});
    segmenter.Feed(normalized, scratch_, fast_scratch_, ids_);
    if (IsFull()) break;
    begin += block.size();
    normalized_begin += normalized.size();
  }
  if (!IsFull()) segmenter.Finish(ids_);
  consumed_ = begin;
  if (!IsFull()) return;
  ids_->resize(first_ + max_ids_);
  consumed_ = ConsumedOfRun(run_first);
}

// The block at `begin`; empty at the end of the run.
std::string_view PrefixEncoder::NextBlock(std::size_t begin) {
  for (;;) {
    const std::string_view known = text_.substr(begin, run_end_ - begin);
    const std::size_t length = FirstBlock(normalization_, known);
    if (run_is_known_ || length + kBlockContext <= known.size()) return known.substr(0, length);
    SearchOn();
  }
}

void PrefixEncoder::SearchOn() {
  constexpr std::size_t kWindow = std::size_t{64} << 10;
  match_ = {SpecialTokens::npos, SpecialTokens::npos, -1};
  if (options_.special_tokens != SpecialTokenPolicy::kAllow) {
    run_end_ = text_.size();
    run_is_known_ = true;
    return;
  }
  const SpecialTokens& tokens = special_tokens_;
  const std::size_t window_end = std::min(text_.size(), run_end_ + kWindow + tokens.max_length());
  const bool is_last = window_end == text_.size();
  // What begins before it is all in the window, however long.
  const std::size_t decided = is_last ? window_end : window_end - tokens.max_length() + 1;
  const SpecialTokens::Match match = tokens.Find(text_.substr(0, window_end), run_end_);
  if (match.begin < decided) {
    match_ = match;
    run_end_ = match.begin;
    run_is_known_ = true;
  } else {
    run_end_ = decided;
    run_is_known_ = is_last;
  }
}

// Where the ids from run_first on end in the text.
std::size_t PrefixEncoder::ConsumedOfRun(std::size_t run_first) {
  std::size_t normalized_end = 0;
  for (std::size_t i = run_first; i < ids_->size(); ++i) {
    normalized_end += vocabulary_.PieceBytes((*ids_)[i]).size();
  }
  // The last block that begins before this; there is one, as pieces are not empty.
  const auto after = std::partition_point(blocks_.begin(), blocks_.end(), [&](const Block& block) {
    return block.normalized_begin < normalized_end;
  });
  const Block& block = *(after - 1);
  OffsetMap offsets;
  Normalize(normalization_, text_.substr(block.begin, block.end - block.begin), &normalized_,
            &offsets);
  return block.begin + static_cast<std::size_t>(offsets.ToOriginal(
                           static_cast<std::int64_t>(normalized_end - block.normalized_begin)));
}

}  // namespace bytepiece
