// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/streaming_encoder.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/encoding/text_runs.h"
#include "bytepiece/encoding/tokenizer_parts.h"
#include "bytepiece/segmentation/incremental_segmenter.h"
#include "bytepiece/text/normalizer.h"

namespace bytepiece::inline v0 {

class StreamingEncoder::Impl {
 public:
  Impl(std::shared_ptr<const TokenizerParts> parts, const EncodeOptions& options)
      : parts_(std::move(parts)),
        options_(options),
        segmenter_(std::in_place, &parts_->segmenter(), kFirstPieceId) {}

  absl::Status Feed(std::string_view bytes, std::vector<TokenId>* ids);
  absl::Status Finish(std::vector<TokenId>* ids);
  std::size_t pending() const {
    return unsearched_.size() + unnormalized_.size() + (segmenter_ ? segmenter_->pending() : 0);
  }

 private:
  absl::Status Advance(bool is_last, std::vector<TokenId>* ids);
  void FeedRun(std::string_view text, std::vector<TokenId>* ids);
  void FinishRun(std::vector<TokenId>* ids);
  // After an error, for another document.
  void ForgetRun();
  void Segment(std::string_view text, bool is_last, std::vector<TokenId>* ids);

  std::shared_ptr<const TokenizerParts> parts_;
  EncodeOptions options_;
  bool started_ = false;
  std::int64_t searched_bytes_ = 0;  // before unsearched_
  absl::Status failed_;
  std::string unsearched_;       // for special tokens, which stand in text as it is
  std::string unnormalized_;     // of a run of text between special tokens
  std::size_t no_boundary_ = 0;  // before this position of unnormalized_
  std::optional<IncrementalSegmenter> segmenter_;  // absent if there was no memory for another one
  SegmenterScratch scratch_;
  std::string normalized_;
};

absl::Status StreamingEncoder::Impl::Feed(std::string_view bytes, std::vector<TokenId>* ids) {
  if (!failed_.ok()) return failed_;
  return failed_ = CatchExceptions([&] {
           if (!started_ && options_.add_bos) ids->push_back(kBosId);
           started_ = true;
           if (!SpecialTokenRule{options_.special_tokens, options_.allow_special}.searches()) {
             FeedRun(bytes, ids);
             return absl::OkStatus();
           }
           unsearched_.append(bytes);
           return Advance(/*is_last=*/false, ids);
         });
}

absl::Status StreamingEncoder::Impl::Finish(std::vector<TokenId>* ids) {
  absl::Status status = Feed({}, ids);
  if (status.ok()) {
    status = CatchExceptions([&] {
      absl::Status advanced = Advance(/*is_last=*/true, ids);
      if (!advanced.ok()) return advanced;
      FinishRun(ids);
      if (options_.add_eos) ids->push_back(kEosId);
      return absl::OkStatus();
    });
  }
  started_ = false;
  searched_bytes_ = 0;
  unsearched_.clear();
  failed_ = absl::OkStatus();
  if (!status.ok()) {
    failed_ = CatchExceptions([&] {
      ForgetRun();
      return absl::OkStatus();
    });
  }
  return status;
}

void StreamingEncoder::Impl::ForgetRun() {
  unnormalized_.clear();
  no_boundary_ = 0;
  segmenter_.emplace(&parts_->segmenter(), kFirstPieceId);
}

// Hands on what stands before the first place where a special token may begin.
absl::Status StreamingEncoder::Impl::Advance(bool is_last, std::vector<TokenId>* ids) {
  const std::string_view text = unsearched_;
  const absl::StatusOr<std::size_t> settled = ForEachRun(
      parts_->special_tokens(), {options_.special_tokens, options_.allow_special}, text, is_last,
      searched_bytes_,
      [&](std::size_t begin, std::size_t end) { FeedRun(text.substr(begin, end - begin), ids); },
      [&](const SpecialTokens::Match& token) {
        FinishRun(ids);
        ids->push_back(token.id);
      });
  if (!settled.ok()) return settled.status();
  searched_bytes_ += static_cast<std::int64_t>(*settled);
  unsearched_.erase(0, *settled);
  return absl::OkStatus();
}

void StreamingEncoder::Impl::FeedRun(std::string_view text, std::vector<TokenId>* ids) {
  if (unnormalized_.empty()) {  // spares the copy
    const std::size_t boundary = LastBoundary(parts_->normalization(), text, 0);
    Segment(text.substr(0, boundary), /*is_last=*/false, ids);
    unnormalized_.assign(text.substr(boundary));
  } else {
    unnormalized_.append(text);
    const std::size_t boundary = LastBoundary(parts_->normalization(), unnormalized_, no_boundary_);
    Segment(std::string_view(unnormalized_).substr(0, boundary), /*is_last=*/false, ids);
    unnormalized_.erase(0, boundary);
  }
  // A character that was cut may yet have a boundary before it.
  no_boundary_ = unnormalized_.size() - std::min<std::size_t>(unnormalized_.size(), 3);
}

void StreamingEncoder::Impl::FinishRun(std::vector<TokenId>* ids) {
  Segment(unnormalized_, /*is_last=*/true, ids);
  unnormalized_.clear();
  no_boundary_ = 0;
  segmenter_->Finish(ids);
}

void StreamingEncoder::Impl::Segment(std::string_view text, bool is_last,
                                     std::vector<TokenId>* ids) {
  segmenter_->Feed(Normalize(parts_->normalization(), text, &normalized_), is_last, &scratch_, ids);
}

StreamingEncoder::StreamingEncoder(const Tokenizer& tokenizer, const EncodeOptions& options)
    : impl_(std::make_unique<Impl>(tokenizer.parts(), options)) {}
StreamingEncoder::StreamingEncoder(StreamingEncoder&&) noexcept = default;
StreamingEncoder& StreamingEncoder::operator=(StreamingEncoder&&) noexcept = default;
StreamingEncoder::~StreamingEncoder() = default;

absl::Status StreamingEncoder::Feed(std::string_view bytes, std::vector<TokenId>* ids) {
  return impl_->Feed(bytes, ids);
}

absl::Status StreamingEncoder::Finish(std::vector<TokenId>* ids) { return impl_->Finish(ids); }

std::size_t StreamingEncoder::pending() const { return impl_->pending(); }

}  // namespace bytepiece::inline v0
