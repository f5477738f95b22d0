// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/encoding/prefix_encoder.h"

#include <algorithm>

#include "bytepiece/segmentation/incremental_segmenter.h"
#include "bytepiece/text/normalizer.h"

namespace bytepiece {

PrefixEncoder::Result PrefixEncoder::Encode(std::size_t max_tokens, std::string_view text,
                                            std::vector<TokenId>* ids) {
  text_ = text;
  ids_ = ids;
  first_ = ids->size();
  max_ids_ = max_tokens;
  while (!IsFull()) {
    run_end_ = consumed_;
    run_is_known_ = false;
    EncodeRun(consumed_);
    if (IsFull()) break;
    if (!token_) return {static_cast<std::int64_t>(consumed_), true};
    ids->push_back(token_->id);
    consumed_ = token_->end;
  }
  return {static_cast<std::int64_t>(consumed_), false};
}

// Encodes the run that begins at `begin`, to its end or until there are enough ids.
void PrefixEncoder::EncodeRun(std::size_t begin) {
  const std::size_t run_first = ids_->size();
  IncrementalSegmenter segmenter(&parts_.segmenter(), kFirstPieceId);
  blocks_.clear();
  std::size_t normalized_begin = 0;
  for (;;) {
    const std::string_view block = NextBlock(begin);
    if (block.empty()) break;
    const std::string_view normalized = Normalize(parts_.normalization(), block, &normalized_);
    const bool is_last = run_is_known_ && begin + block.size() == run_end_;
    blocks_.push_back({begin, begin + block.size(), normalized_begin});
    segmenter.Feed(normalized, is_last, scratch_, ids_);
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
    const std::size_t length = FirstBlock(parts_.normalization(), known);
    if (run_is_known_ || length + kBlockContext <= known.size()) return known.substr(0, length);
    SearchOn();
  }
}

void PrefixEncoder::SearchOn() {
  constexpr std::size_t kWindow = std::size_t{64} << 10;
  token_ = std::nullopt;
  if (rule_.policy != SpecialTokenPolicy::kAllow && rule_.allowed.empty()) {
    run_end_ = text_.size();
    run_is_known_ = true;
    return;
  }
  const SpecialTokens& tokens = parts_.special_tokens();
  const std::size_t window_end = std::min(text_.size(), run_end_ + kWindow + tokens.max_length());
  const bool is_last = window_end == text_.size();
  const SpecialTokens::Cut cut =
      tokens.NextCut(text_.substr(0, window_end), run_end_, is_last, rule_);
  run_end_ = cut.run_end;
  token_ = cut.token;
  run_is_known_ = is_last || token_.has_value();
}

// Where the ids from run_first on end in the text.
std::size_t PrefixEncoder::ConsumedOfRun(std::size_t run_first) {
  std::size_t normalized_end = 0;
  for (std::size_t i = run_first; i < ids_->size(); ++i) {
    normalized_end += parts_.vocabulary().PieceBytes((*ids_)[i]).size();
  }
  // The last block that begins before this; there is one, as pieces are not empty.
  const auto after = std::partition_point(blocks_.begin(), blocks_.end(), [&](const Block& block) {
    return block.normalized_begin < normalized_end;
  });
  const Block& block = *(after - 1);
  OffsetMap offsets;
  Normalize(parts_.normalization(), text_.substr(block.begin, block.end - block.begin),
            &normalized_, &offsets);
  return block.begin + static_cast<std::size_t>(offsets.ToOriginal(
                           static_cast<std::int64_t>(normalized_end - block.normalized_begin)));
}

}  // namespace bytepiece
