// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/tokenizer.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/model/loaded_model.h"
#include "bytepiece/prefix_encoder.h"
#include "bytepiece/sampling/chunk_sampler.h"
#include "bytepiece/sampling/weight_rows.h"
#include "bytepiece/segmentation/fast_viterbi.h"
#include "bytepiece/segmentation/parallel_text.h"
#include "bytepiece/segmentation/viterbi.h"
#include "bytepiece/text/normalizer.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {

struct Workspace::Impl {
  std::string normalized;
  OffsetMap offsets;
  FastViterbiScratch fast_viterbi;
  ViterbiScratch viterbi;
  std::vector<TokenId> counted_ids;  // of text whose tokens are only counted
  SamplerScratch sampler;
  // The serial number of the tokenizer that sampling_weights were made for, the
  // latest last.
  std::uint64_t weighted_for = 0;
  std::vector<SamplingWeights> sampling_weights;
};

Workspace::Workspace() : impl_(std::make_unique<Impl>()) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

struct Tokenizer::Impl {
  Impl(std::uint64_t serial, LoadedModel loaded, Normalization form)
      : serial_number(serial), model(std::move(loaded)), normalization(form) {}

  // Unlike an address, no later tokenizer has it again.
  std::uint64_t serial_number;
  LoadedModel model;
  Normalization normalization;
  const Vocabulary& vocabulary = model.vocabulary();
  const SpecialTokens& special_tokens = model.special_tokens();
  // Made when they are first needed.
  mutable std::once_flag has_sampling_sets;
  mutable WeightRows sampling_sets;

  // Cuts `text` at special tokens as the policy says: calls text_run(begin, end)
  // and token(id, begin, end) in order of position.
  template <typename TextRun, typename Token>
  absl::Status ForEachRun(std::string_view text, SpecialTokenPolicy policy, TextRun text_run,
                          Token token) const;

  // Appends the ids of the best segmentation of normalised text.
  void AppendBest(std::string_view normalized, int threads, Workspace::Impl* workspace,
                  std::vector<TokenId>* ids) const;

  // The frame that encoding and sampling share; append(normalised text) adds the
  // ids to all outputs and returns a status. After an error they are as before.
  template <typename Append>
  absl::Status EncodeWith(std::string_view text, const EncodeOptions& options,
                          Workspace::Impl* workspace, absl::Span<std::vector<TokenId>> outputs,
                          Append append) const;

  const SamplingWeights& Weights(double alpha, Workspace::Impl* workspace) const;
};

template <typename TextRun, typename Token>
absl::Status Tokenizer::Impl::ForEachRun(std::string_view text, SpecialTokenPolicy policy,
                                         TextRun text_run, Token token) const {
  std::size_t begin = 0;
  while (policy != SpecialTokenPolicy::kPlainText) {
    const SpecialTokens::Match match = special_tokens.Find(text, begin);
    if (match.begin == SpecialTokens::npos) break;
    if (policy == SpecialTokenPolicy::kForbid) {
      return special_tokens.Forbidden(match.id, static_cast<std::int64_t>(match.begin));
    }
    text_run(begin, match.begin);
    token(match.id, match.begin, match.end);
    begin = match.end;
  }
  text_run(begin, text.size());
  return absl::OkStatus();
}

void Tokenizer::Impl::AppendBest(std::string_view normalized, int threads,
                                 Workspace::Impl* workspace, std::vector<TokenId>* ids) const {
  const PieceScanner& scanner = vocabulary.scanner();
  if (!scanner.empty()) {
    if (threads > 1 && normalized.size() >= kLongText) {
      AppendSegmentationsOnThreads(scanner, vocabulary.scores(), normalized, kFirstPieceId, threads,
                                   ids);
    } else {
      AppendSegmentations(scanner, normalized, kFirstPieceId, &workspace->fast_viterbi, ids);
    }
    return;
  }
  const UnigramView unigram = vocabulary.unigram();
  while (!normalized.empty()) {
    const std::string_view chunk = normalized.substr(0, NextChunk(normalized));
    AppendSegmentation(unigram, chunk, kFirstPieceId, &workspace->viterbi, ids);
    normalized.remove_prefix(chunk.size());
  }
}

template <typename Append>
absl::Status Tokenizer::Impl::EncodeWith(std::string_view text, const EncodeOptions& options,
                                         Workspace::Impl* workspace,
                                         absl::Span<std::vector<TokenId>> outputs,
                                         Append append) const {
  std::vector<std::size_t> before;
  for (const std::vector<TokenId>& ids : outputs) before.push_back(ids.size());
  const auto append_id = [&](TokenId id) {
    for (std::vector<TokenId>& ids : outputs) ids.push_back(id);
  };
  if (options.add_bos) append_id(kBosId);
  absl::Status appended;
  absl::Status status = ForEachRun(
      text, options.special_tokens,
      [&](std::size_t begin, std::size_t end) {
        if (!appended.ok()) return;
        appended = append(
            Normalize(normalization, text.substr(begin, end - begin), &workspace->normalized));
      },
      [&](TokenId id, std::size_t, std::size_t) { append_id(id); });
  status.Update(appended);
  if (!status.ok()) {
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].resize(before[i]);
    return status;
  }
  if (options.add_eos) append_id(kEosId);
  return absl::OkStatus();
}

const SamplingWeights& Tokenizer::Impl::Weights(double alpha, Workspace::Impl* workspace) const {
  // A schedule over samples has several alphas in turn, for each document again.
  constexpr std::size_t kMostKept = 16;
  std::vector<SamplingWeights>& kept = workspace->sampling_weights;
  if (std::exchange(workspace->weighted_for, serial_number) != serial_number) kept.clear();
  for (const SamplingWeights& weights : kept) {
    if (weights.alpha() == alpha) return weights;
  }
  if (kept.size() == kMostKept) kept.erase(kept.begin());
  std::call_once(has_sampling_sets, [&] { sampling_sets = WeightRows(vocabulary.scanner()); });
  return kept.emplace_back(vocabulary.scores(), alpha, &sampling_sets);
}

absl::StatusOr<Tokenizer> Tokenizer::Load(const std::string& path,
                                          std::optional<Normalization> normalization) {
  return FromLoaded(LoadedModel::Load(path), normalization);
}

absl::StatusOr<Tokenizer> Tokenizer::Create(Model model,
                                            std::optional<Normalization> normalization) {
  if (absl::Status status = ValidateModel(model); !status.ok()) return status;
  return FromLoaded(LoadedModel::FromValid(std::move(model)), normalization);
}

absl::StatusOr<Tokenizer> Tokenizer::FromLoaded(absl::StatusOr<LoadedModel> model,
                                                std::optional<Normalization> normalization) {
  if (!model.ok()) return model.status();
  if (absl::Status status = CheckNormalizer(); !status.ok()) return status;
  const Normalization form = normalization.value_or(model->normalization());
  static std::atomic<std::uint64_t> tokenizers_made = 0;
  return Tokenizer(std::make_unique<Impl>(++tokenizers_made, *std::move(model), form));
}

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

absl::Status Tokenizer::Encode(std::string_view text, const EncodeOptions& options,
                               Workspace* workspace, std::vector<TokenId>* ids) const {
  Workspace::Impl* const scratch = workspace->impl_.get();
  return impl_->EncodeWith(text, options, scratch, absl::MakeSpan(ids, 1),
                           [&](std::string_view normalized) {
                             impl_->AppendBest(normalized, options.threads, scratch, ids);
                             return absl::OkStatus();
                           });
}

std::vector<TokenId> Tokenizer::Encode(std::string_view text) const {
  Workspace workspace;
  std::vector<TokenId> ids;
  // Plain text cannot fail.
  Encode(text, EncodeOptions{}, &workspace, &ids).IgnoreError();
  return ids;
}

absl::StatusOr<std::int64_t> Tokenizer::EncodeUpTo(std::int64_t max_tokens, std::string_view text,
                                                   const EncodeOptions& options,
                                                   Workspace* workspace,
                                                   std::vector<TokenId>* ids) const {
  Workspace::Impl* const scratch = workspace->impl_.get();
  return PrefixEncoder(vocabulary(), special_tokens(), normalization(), options, &scratch->viterbi,
                       &scratch->fast_viterbi)
      .Encode(max_tokens, text, ids);
}

absl::StatusOr<std::int64_t> Tokenizer::CountTokens(std::string_view text,
                                                    const EncodeOptions& options,
                                                    Workspace* workspace) const {
  // Whole chunks of this many bytes, or one chunk, at a time: enough for the fast
  // kernel to work on.
  constexpr std::size_t kBytesAtOnce = 64 << 10;
  Workspace::Impl& scratch = *workspace->impl_;
  std::int64_t count = (options.add_bos ? 1 : 0) + (options.add_eos ? 1 : 0);
  absl::Status status = impl_->ForEachRun(
      text, options.special_tokens,
      [&](std::size_t begin, std::size_t end) {
        std::string_view rest =
            Normalize(impl_->normalization, text.substr(begin, end - begin), &scratch.normalized);
        while (!rest.empty()) {
          std::size_t size = NextChunk(rest);
          while (size < rest.size() && size < kBytesAtOnce) size += NextChunk(rest.substr(size));
          scratch.counted_ids.clear();
          impl_->AppendBest(rest.substr(0, size), 1, &scratch, &scratch.counted_ids);
          count += static_cast<std::int64_t>(scratch.counted_ids.size());
          rest.remove_prefix(size);
        }
      },
      [&](TokenId, std::size_t, std::size_t) { ++count; });
  if (!status.ok()) return status;
  return count;
}

absl::Status Tokenizer::EncodeWithOffsets(std::string_view text, const EncodeOptions& options,
                                          Workspace* workspace, std::vector<TokenId>* ids,
                                          std::vector<ByteSpan>* offsets) const {
  const std::size_t ids_before = ids->size();
  const std::size_t offsets_before = offsets->size();
  Workspace::Impl& scratch = *workspace->impl_;
  if (options.add_bos) {
    ids->push_back(kBosId);
    offsets->push_back({0, 0});
  }
  absl::Status status = impl_->ForEachRun(
      text, options.special_tokens,
      [&](std::size_t run_begin, std::size_t run_end) {
        const std::size_t first = ids->size();
        impl_->AppendBest(
            Normalize(impl_->normalization, text.substr(run_begin, run_end - run_begin),
                      &scratch.normalized, &scratch.offsets),
            options.threads, &scratch, ids);
        const auto origin = static_cast<std::int64_t>(run_begin);
        std::int64_t normalized = 0;
        std::int64_t begin = origin;
        for (std::size_t i = first; i < ids->size(); ++i) {
          normalized += static_cast<std::int64_t>(impl_->vocabulary.PieceBytes((*ids)[i]).size());
          const std::int64_t end = origin + scratch.offsets.ToOriginal(normalized);
          offsets->push_back({begin, end});
          begin = end;
        }
      },
      [&](TokenId id, std::size_t begin, std::size_t end) {
        ids->push_back(id);
        offsets->push_back({static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end)});
      });
  if (!status.ok()) {
    ids->resize(ids_before);
    offsets->resize(offsets_before);
    return status;
  }
  if (options.add_eos) {
    const auto end = static_cast<std::int64_t>(text.size());
    ids->push_back(kEosId);
    offsets->push_back({end, end});
  }
  return absl::OkStatus();
}

absl::Status Tokenizer::Sample(std::string_view text, const SampleOptions& sampling,
                               const EncodeOptions& options, Workspace* workspace,
                               std::vector<TokenId>* ids) const {
  return SampleSeveral(text, sampling, options, workspace, absl::MakeSpan(ids, 1));
}

absl::Status Tokenizer::SampleSeveral(std::string_view text, const SampleOptions& sampling,
                                      const EncodeOptions& options, Workspace* workspace,
                                      absl::Span<std::vector<TokenId>> samples) const {
  if (!(sampling.alpha >= 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("alpha ", sampling.alpha, " is not a number from 0 up"));
  }
  if (sampling.method == SamplingMethod::kNBest && sampling.nbest_size == 0) {
    return absl::InvalidArgumentError("n-best sampling from 0 segmentations; give at least 1");
  }
  if (sampling.alpha > kAlphaIsInfinite) {
    for (std::vector<TokenId>& ids : samples) {
      if (absl::Status status = Encode(text, options, workspace, &ids); !status.ok()) return status;
    }
    return absl::OkStatus();
  }
  std::vector<RandomStream> randoms;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    randoms.emplace_back(sampling.seed, sampling.document,
                         sampling.sample + static_cast<std::uint32_t>(i));
  }
  Workspace::Impl& scratch = *workspace->impl_;
  const ChunkSampler sampler = {impl_->vocabulary.unigram(),
                                impl_->vocabulary.scanner(),
                                sampling.method,
                                sampling.alpha,
                                sampling.nbest_size,
                                sampling.method == SamplingMethod::kPerfect
                                    ? &impl_->Weights(sampling.alpha, &scratch)
                                    : nullptr};
  return impl_->EncodeWith(text, options, &scratch, samples, [&](std::string_view normalized) {
    return sampler.Append(normalized, absl::MakeSpan(randoms), &scratch.viterbi, &scratch.sampler,
                          samples);
  });
}

absl::StatusOr<std::string> Tokenizer::Decode(absl::Span<const TokenId> ids,
                                              const DecodeOptions& options) const {
  const Vocabulary& vocabulary = impl_->vocabulary;
  std::string special;  // by turns, what an id that is no piece stands for
  std::size_t size = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (vocabulary.IsPiece(ids[i])) {
      size += vocabulary.PieceBytes(ids[i]).size();
      continue;
    }
    special.clear();
    if (!AppendDecoded(ids[i], options, &special)) {
      return absl::OutOfRangeError(absl::StrCat("id ", ids[i], " at position ", i,
                                                " is outside the vocabulary of ", vocab_size()));
    }
    size += special.size();
  }
  std::string bytes(size + Vocabulary::kCopySlack, '\0');
  char* out = bytes.data();
  for (const TokenId id : ids) {
    if (vocabulary.IsPiece(id)) {
      out += vocabulary.CopyPiece(id, out);
      continue;
    }
    special.clear();
    AppendDecoded(id, options, &special);
    out = std::copy(special.begin(), special.end(), out);
  }
  bytes.resize(size);
  return bytes;
}

bool Tokenizer::AppendDecoded(TokenId id, const DecodeOptions& options, std::string* bytes) const {
  if (impl_->vocabulary.IsPiece(id)) {
    bytes->append(impl_->vocabulary.PieceBytes(id));
    return true;
  }
  const std::string* const text = impl_->special_tokens.Text(id);
  if (text == nullptr) return false;
  const bool shown =
      impl_->special_tokens.IsControl(id) ? options.control_tokens : options.special_tokens;
  if (shown) bytes->append(*text);
  return true;
}

const Vocabulary& Tokenizer::vocabulary() const { return impl_->vocabulary; }
const SpecialTokens& Tokenizer::special_tokens() const { return impl_->special_tokens; }
bool Tokenizer::is_compiled() const { return impl_->model.is_compiled(); }
const Model& Tokenizer::model() const { return impl_->model.model(); }
Normalization Tokenizer::normalization() const { return impl_->normalization; }

}  // namespace bytepiece
