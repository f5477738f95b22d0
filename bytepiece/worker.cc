// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/worker.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/base/character_counter.h"
#include "bytepiece/encoding/prefix_encoder.h"
#include "bytepiece/encoding/text_runs.h"
#include "bytepiece/encoding/tokenizer_parts.h"
#include "bytepiece/sampling/chunk_sampler.h"
#include "bytepiece/text/normalizer.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece::inline v0 {

namespace {

// The status of work(), of exceptions too; where it fails `outputs` are as they were before.
template <typename Work>
absl::Status Restoring(absl::Span<std::vector<TokenId>> outputs, const Work& work) {
  std::vector<std::size_t> sizes;
  absl::Status status = CatchExceptions([&] {
    sizes.reserve(outputs.size());
    for (const std::vector<TokenId>& ids : outputs) sizes.push_back(ids.size());
    return work();
  });
  for (std::size_t i = 0; !status.ok() && i < sizes.size(); ++i) outputs[i].resize(sizes[i]);
  return status;
}

}  // namespace

struct Worker::Impl {
  explicit Impl(std::shared_ptr<const TokenizerParts> of) : parts(std::move(of)) {}

  // Calls run(begin, end) and token(match) for all of `text`.
  template <typename Run, typename Token>
  absl::Status ForEachRunOf(std::string_view text, const EncodeOptions& options, Run run,
                            Token token) const {
    const SpecialTokenRule rule = {options.special_tokens, options.allow_special};
    return ForEachRun(parts->special_tokens(), rule, text, /*is_last=*/true, 0, run, token)
        .status();
  }

  std::string_view Normalized(std::string_view run, OffsetMap* offset_map = nullptr) {
    return Normalize(parts->normalization(), run, &normalized, offset_map);
  }

  // Appends the ids of the best segmentation of normalised text.
  void AppendBest(std::string_view text, int threads, std::vector<TokenId>* ids) {
    parts->segmenter().AppendText(text, kFirstPieceId, threads, &segmenter, ids);
  }

  // The frame that encoding and sampling share; append(normalised text) adds the
  // ids to all outputs and returns a status. After an error they are as before.
  template <typename Append>
  absl::Status EncodeWith(std::string_view text, const EncodeOptions& options,
                          absl::Span<std::vector<TokenId>> outputs, Append append);

  // Appends the ranges in `text` of ids that stand for a run of it, which begins at `origin`.
  void AppendOffsets(absl::Span<const TokenId> ids, std::int64_t origin,
                     std::vector<ByteSpan>* offsets) const;

  const SamplingWeights& Weights(double alpha);

  std::shared_ptr<const TokenizerParts> parts;
  std::string normalized;
  OffsetMap offset_map;
  SegmenterScratch segmenter;
  std::vector<TokenId> counted_ids;  // of text whose tokens are only counted
  SamplerScratch sampler;
  std::vector<SamplingWeights> sampling_weights;  // the latest last
};

template <typename Append>
absl::Status Worker::Impl::EncodeWith(std::string_view text, const EncodeOptions& options,
                                      absl::Span<std::vector<TokenId>> outputs, Append append) {
  return Restoring(outputs, [&] {
    const auto append_id = [&](TokenId id) {
      for (std::vector<TokenId>& ids : outputs) ids.push_back(id);
    };
    if (options.add_bos) append_id(kBosId);
    absl::Status appended;
    absl::Status status = ForEachRunOf(
        text, options,
        [&](std::size_t begin, std::size_t end) {
          if (appended.ok()) appended = append(Normalized(text.substr(begin, end - begin)));
        },
        [&](const SpecialTokens::Match& token) { append_id(token.id); });
    status.Update(appended);
    if (status.ok() && options.add_eos) append_id(kEosId);
    return status;
  });
}

void Worker::Impl::AppendOffsets(absl::Span<const TokenId> ids, std::int64_t origin,
                                 std::vector<ByteSpan>* offsets) const {
  std::int64_t normalized_end = 0;
  std::int64_t begin = origin;
  for (const TokenId id : ids) {
    normalized_end += static_cast<std::int64_t>(parts->pieces()[id - kFirstPieceId].size());
    const std::int64_t end = origin + offset_map.ToOriginal(normalized_end);
    offsets->push_back({begin, end});
    begin = end;
  }
}

const SamplingWeights& Worker::Impl::Weights(double alpha) {
  // A schedule over samples has several alphas in turn, for each document again.
  constexpr std::size_t kMostKept = 16;
  for (const SamplingWeights& weights : sampling_weights) {
    if (weights.alpha() == alpha) return weights;
  }
  if (sampling_weights.size() == kMostKept) sampling_weights.erase(sampling_weights.begin());
  return sampling_weights.emplace_back(parts->segmenter().scores(), alpha, &parts->weight_rows());
}

Worker::Worker(std::shared_ptr<const TokenizerParts> parts)
    : impl_(std::make_unique<Impl>(std::move(parts))) {}
Worker::Worker(Worker&&) noexcept = default;
Worker& Worker::operator=(Worker&&) noexcept = default;
Worker::~Worker() = default;

absl::Status Worker::Encode(std::string_view text, const EncodeOptions& options,
                            std::vector<TokenId>* ids) {
  return impl_->EncodeWith(text, options, absl::MakeSpan(ids, 1), [&](std::string_view normalized) {
    impl_->AppendBest(normalized, options.threads, ids);
    return absl::OkStatus();
  });
}

absl::Status Worker::EncodeWithOffsets(std::string_view text, const EncodeOptions& options,
                                       std::vector<TokenId>* ids, std::vector<ByteSpan>* offsets) {
  const std::size_t offsets_before = offsets->size();
  const auto append = [&](TokenId id, std::size_t begin, std::size_t end) {
    ids->push_back(id);
    offsets->push_back({static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end)});
  };
  absl::Status status = Restoring(absl::MakeSpan(ids, 1), [&] {
    if (options.add_bos) append(kBosId, 0, 0);
    absl::Status searched = impl_->ForEachRunOf(
        text, options,
        [&](std::size_t begin, std::size_t end) {
          const std::size_t first = ids->size();
          impl_->AppendBest(impl_->Normalized(text.substr(begin, end - begin), &impl_->offset_map),
                            options.threads, ids);
          impl_->AppendOffsets(absl::MakeConstSpan(*ids).subspan(first),
                               static_cast<std::int64_t>(begin), offsets);
        },
        [&](const SpecialTokens::Match& token) { append(token.id, token.begin, token.end); });
    if (searched.ok() && options.add_eos) append(kEosId, text.size(), text.size());
    return searched;
  });
  if (!status.ok()) {
    offsets->resize(offsets_before);
    return status;
  }
  if (options.offset_unit == OffsetUnit::kCodePoints) {
    CharacterCounter characters(text);
    for (std::size_t i = offsets_before; i < offsets->size(); ++i) {
      ByteSpan& span = (*offsets)[i];
      span = {characters.Before(span.begin), characters.Before(span.end)};
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> Worker::EncodeUpTo(std::int64_t max_tokens, std::string_view text,
                                                const EncodeOptions& options,
                                                std::vector<TokenId>* ids) {
  std::int64_t consumed = 0;
  absl::Status status = Restoring(absl::MakeSpan(ids, 1), [&]() -> absl::Status {
    if (options.special_tokens == SpecialTokenPolicy::kForbid) {
      const auto ignore = [](auto&&...) {};
      absl::Status searched = impl_->ForEachRunOf(text, options, ignore, ignore);
      if (!searched.ok()) return searched;
    }
    auto left = static_cast<std::size_t>(std::max<std::int64_t>(max_tokens, 0));
    if (options.add_bos && left > 0) {
      ids->push_back(kBosId);
      --left;
    }
    const PrefixEncoder::Result result =
        PrefixEncoder(*impl_->parts, {options.special_tokens, options.allow_special},
                      &impl_->segmenter)
            .Encode(left, text, ids);
    if (result.is_whole && options.add_eos) ids->push_back(kEosId);
    consumed = result.consumed;
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return consumed;
}

absl::StatusOr<std::int64_t> Worker::CountTokens(std::string_view text,
                                                 const EncodeOptions& options) {
  // Whole chunks of this many bytes, or one chunk, at a time: enough for the fast
  // kernel to work on.
  constexpr std::size_t kBytesAtOnce = 64 << 10;
  std::vector<TokenId>& ids = impl_->counted_ids;
  std::int64_t count = (options.add_bos ? 1 : 0) + (options.add_eos ? 1 : 0);
  const auto count_run = [&](std::size_t begin, std::size_t end) {
    std::string_view rest = impl_->Normalized(text.substr(begin, end - begin));
    while (!rest.empty()) {
      const std::size_t size = NextChunks(rest, kBytesAtOnce);
      ids.clear();
      impl_->AppendBest(rest.substr(0, size), 1, &ids);
      count += static_cast<std::int64_t>(ids.size());
      rest.remove_prefix(size);
    }
  };
  absl::Status status = CatchExceptions([&] {
    return impl_->ForEachRunOf(text, options, count_run,
                               [&](const SpecialTokens::Match&) { ++count; });
  });
  if (!status.ok()) return status;
  return count;
}

absl::Status Worker::Sample(std::string_view text, const SampleOptions& sampling,
                            const EncodeOptions& options, std::vector<TokenId>* ids) {
  return SampleSeveral(text, sampling, options, absl::MakeSpan(ids, 1));
}

absl::Status Worker::SampleSeveral(std::string_view text, const SampleOptions& sampling,
                                   const EncodeOptions& options,
                                   absl::Span<std::vector<TokenId>> samples) {
  if (!(sampling.alpha >= 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("alpha ", sampling.alpha, " is not a number from 0 up"));
  }
  if (sampling.method == SamplingMethod::kNBest && sampling.nbest_size == 0) {
    return absl::InvalidArgumentError("n-best sampling from 0 segmentations; give at least 1");
  }
  if (sampling.alpha > kAlphaIsInfinite) {
    return Restoring(samples, [&] {
      absl::Status status;
      for (std::size_t i = 0; status.ok() && i < samples.size(); ++i) {
        status = Encode(text, options, &samples[i]);
      }
      return status;
    });
  }
  return Restoring(samples, [&] {
    std::vector<RandomStream> randoms;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      randoms.emplace_back(sampling.seed, sampling.document,
                           sampling.sample + static_cast<std::uint32_t>(i));
    }
    const ChunkSampler sampler = {
        impl_->parts->segmenter(), sampling.method, sampling.alpha, sampling.nbest_size,
        sampling.method == SamplingMethod::kPerfect ? &impl_->Weights(sampling.alpha) : nullptr};
    return impl_->EncodeWith(text, options, samples, [&](std::string_view normalized) {
      return sampler.Append(normalized, absl::MakeSpan(randoms), &impl_->segmenter.plain,
                            &impl_->sampler, samples);
    });
  });
}

}  // namespace bytepiece::inline v0
