// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/streaming_encoder.h"

#include <algorithm>
#include <utility>

#include "bytepiece/text/normalizer.h"

namespace bytepiece {

StreamingEncoder::StreamingEncoder(const Tokenizer* tokenizer, EncodeOptions options)
    : tokenizer_(tokenizer),
      options_(options),
      segmenter_(tokenizer->vocabulary().unigram(), kFirstPieceId,
                 &tokenizer->vocabulary().scanner()) {}

absl::Status StreamingEncoder::Feed(std::string_view bytes, std::vector<TokenId>* ids) {
  if (!started_ && options_.add_bos) ids->push_back(kBosId);
  started_ = true;
  if (options_.special_tokens == SpecialTokenPolicy::kPlainText) {
    FeedRun(bytes, ids);
    return absl::OkStatus();
  }
  if (!failed_.ok()) return failed_;
  unsearched_.append(bytes);
  return failed_ = Advance(/*at_end=*/false, ids);
}

absl::Status StreamingEncoder::Finish(std::vector<TokenId>* ids) {
  absl::Status status = Feed({}, ids);
  if (status.ok()) status = Advance(/*at_end=*/true, ids);
  if (status.ok()) {
    FinishRun(ids);
    if (options_.add_eos) ids->push_back(kEosId);
  } else {
    std::vector<TokenId> dropped;
    FinishRun(&dropped);
  }
  started_ = false;
  searched_bytes_ = 0;
  failed_ = absl::OkStatus();
  unsearched_.clear();
  return status;
}

// Hands on what is in front of the first place where a special token may stand.
absl::Status StreamingEncoder::Advance(bool at_end, std::vector<TokenId>* ids) {
  const SpecialTokens& tokens = tokenizer_->special_tokens();
  std::string_view rest = unsearched_;
  std::size_t undecided = at_end ? rest.size() : FirstUndecided(rest);
  std::size_t begin = 0;
  while (begin < undecided) {
    const SpecialTokens::Match match = tokens.Find(rest, begin);
    if (match.begin >= undecided) break;  // npos, too
    if (options_.special_tokens == SpecialTokenPolicy::kForbid) {
      return tokens.Forbidden(match.id, searched_bytes_ + static_cast<std::int64_t>(match.begin));
    }
    FeedRun(rest.substr(begin, match.begin - begin), ids);
    FinishRun(ids);
    ids->push_back(match.id);
    begin = match.end;
    if (begin > undecided) undecided = begin + FirstUndecided(rest.substr(begin));
  }
  if (begin < undecided) {
    FeedRun(rest.substr(begin, undecided - begin), ids);
    begin = undecided;
  }
  searched_bytes_ += static_cast<std::int64_t>(begin);
  unsearched_.erase(0, begin);
  return absl::OkStatus();
}

// The first position from which `text` is the beginning of a special token. A
// token found before it is found for good: no longer one, and none from further
// left, can come of bytes that follow.
std::size_t StreamingEncoder::FirstUndecided(std::string_view text) const {
  const SpecialTokens& tokens = tokenizer_->special_tokens();
  std::size_t position = text.size() - std::min(text.size(), tokens.max_length() - 1);
  while (position < text.size() && !tokens.StartsLongerToken(text.substr(position))) ++position;
  return position;
}

void StreamingEncoder::FeedRun(std::string_view text, std::vector<TokenId>* ids) {
  if (unnormalized_.empty()) {  // spares the copy
    const std::size_t boundary = LastBoundary(tokenizer_->normalization(), text, 0);
    Segment(text.substr(0, boundary), ids);
    unnormalized_.assign(text.substr(boundary));
  } else {
    unnormalized_.append(text);
    const std::size_t boundary =
        LastBoundary(tokenizer_->normalization(), unnormalized_, no_boundary_);
    Segment(std::string_view(unnormalized_).substr(0, boundary), ids);
    unnormalized_.erase(0, boundary);
  }
  // A character that was cut may yet have a boundary before it.
  no_boundary_ = unnormalized_.size() - std::min<std::size_t>(unnormalized_.size(), 3);
}

void StreamingEncoder::FinishRun(std::vector<TokenId>* ids) {
  Segment(unnormalized_, ids);
  unnormalized_.clear();
  no_boundary_ = 0;
  segmenter_.Finish(ids);
}

void StreamingEncoder::Segment(std::string_view text, std::vector<TokenId>* ids) {
  segmenter_.Feed(Normalize(tokenizer_->normalization(), text, &normalized_), &scratch_,
                  &fast_scratch_, ids);
}

}  // namespace bytepiece
