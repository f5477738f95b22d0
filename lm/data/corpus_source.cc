// SPDX-License-Identifier: Apache-2.0
#include "lm/data/corpus_source.h"

#include <filesystem>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/batch.h"
#include "corpus/corpus.h"

namespace bytepiece::lm {
namespace {

constexpr EncodeOptions kEncode = {.add_eos = true};

std::vector<std::string_view> ViewsOf(const std::vector<std::string>& documents) {
  return {documents.begin(), documents.end()};
}

class FixedSource : public CorpusSource {
 public:
  explicit FixedSource(std::shared_ptr<const TokenCorpus> corpus, InputNotes notes = {})
      : CorpusSource(std::move(notes)), corpus_(std::move(corpus)) {}
  absl::StatusOr<std::shared_ptr<const TokenCorpus>> Epoch(std::int64_t) override {
    return corpus_;
  }

 private:
  std::shared_ptr<const TokenCorpus> corpus_;
};

class SampledSource : public CorpusSource {
 public:
  SampledSource(std::vector<std::string> documents, InputNotes notes, const SourceOptions& options,
                const Tokenizer* tokenizer)
      : CorpusSource(std::move(notes)),
        documents_(std::move(documents)),
        options_(options),
        tokenizer_(tokenizer) {}

  absl::StatusOr<std::shared_ptr<const TokenCorpus>> Epoch(std::int64_t epoch) override {
    BatchSampleOptions samples;
    samples.sampling.seed = options_.seed;
    samples.sampling.sample = static_cast<std::uint32_t>(epoch);
    samples.alphas = {*options_.sampling_alpha};
    absl::StatusOr<TokenBatch> batch =
        SampleBatch(*tokenizer_, ViewsOf(documents_), samples, kEncode, options_.threads);
    if (!batch.ok()) return batch.status();
    return HoldBatch(*std::move(batch));
  }

 private:
  std::vector<std::string> documents_;
  SourceOptions options_;
  const Tokenizer* tokenizer_;
};

// The format of a file of ids; none: it is text.
std::optional<TokenFormat> MappedFormat(const std::string& path, const CorpusOptions& reading) {
  if (reading.format != InputFormat::kAuto) return std::nullopt;
  if (path.ends_with(".npy")) return TokenFormat::kNpy;
  if (path.ends_with(".idx")) return TokenFormat::kMegatron;
  if (!path.ends_with(".bin")) return std::nullopt;
  const std::string index = path.substr(0, path.size() - 4) + ".idx";
  std::error_code ignored;
  return std::filesystem::exists(index, ignored) ? TokenFormat::kMegatron : TokenFormat::kBin;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadDocuments(const std::string& path,
                                                       CorpusOptions reading,
                                                       const Tokenizer& tokenizer,
                                                       InputNotes* notes) {
  constexpr std::int64_t kReadBytes = std::int64_t{16} << 20;
  reading.keep_byte_order_mark = tokenizer.normalization() == Normalization::kNone;
  reading.spool_pipes = false;  // read once
  InputNotes left_out;
  absl::StatusOr<std::vector<InputFile>> files =
      ResolveInputs({path}, reading.skip_bad ? &left_out : nullptr);
  if (!files.ok()) return files.status();
  const absl::StatusOr<std::unique_ptr<Corpus>> corpus =
      Corpus::Open(*std::move(files), std::move(reading), std::move(left_out));
  if (!corpus.ok()) return corpus.status();
  std::vector<std::string> documents;
  for (std::vector<std::string> batch;;) {
    if (absl::Status status = (*corpus)->Read(kReadBytes, &batch); !status.ok()) return status;
    if (batch.empty()) break;
    documents.insert(documents.end(), std::make_move_iterator(batch.begin()),
                     std::make_move_iterator(batch.end()));
  }
  if (documents.empty() || (documents.size() == 1 && documents[0].empty())) {
    return absl::InvalidArgumentError(path + " holds no text");
  }
  *notes = (*corpus)->notes();
  return documents;
}

absl::StatusOr<std::shared_ptr<const TokenCorpus>> EncodeDocuments(
    const std::vector<std::string>& documents, const Tokenizer& tokenizer, int threads) {
  absl::StatusOr<TokenBatch> batch = EncodeBatch(tokenizer, ViewsOf(documents), kEncode, threads);
  if (!batch.ok()) return batch.status();
  return HoldBatch(*std::move(batch));
}

absl::StatusOr<std::vector<InputFile>> CorpusFiles(const std::string& path,
                                                   const CorpusOptions& reading) {
  const std::optional<TokenFormat> format = MappedFormat(path, reading);
  InputNotes left_out;
  if (!format) return ResolveInputs({path}, reading.skip_bad ? &left_out : nullptr);
  std::vector<InputFile> files(format == TokenFormat::kMegatron ? 2 : 1);
  files[0].path = path;
  if (format == TokenFormat::kMegatron) {
    files[0].path = MegatronPrefix(path) + ".bin";
    files[1].path = MegatronPrefix(path) + ".idx";
  }
  return files;
}

absl::StatusOr<std::unique_ptr<CorpusSource>> OpenCorpus(const std::string& path,
                                                         const SourceOptions& options,
                                                         const Tokenizer* tokenizer) {
  if (const std::optional<TokenFormat> format = MappedFormat(path, options.reading)) {
    if (options.sampling_alpha) {
      return absl::InvalidArgumentError(
          path + " holds ids, which cannot be segmented anew; give text, or no sampling_alpha");
    }
    auto corpus = MapTokens(path, *format, tokenizer->vocab_size());
    if (!corpus.ok()) return corpus.status();
    return std::make_unique<FixedSource>(*std::move(corpus));
  }
  InputNotes notes;
  absl::StatusOr<std::vector<std::string>> documents =
      ReadDocuments(path, options.reading, *tokenizer, &notes);
  if (!documents.ok()) return documents.status();
  if (options.sampling_alpha) {
    if (!(*options.sampling_alpha >= 0)) {
      return absl::InvalidArgumentError("sampling_alpha must not be negative");
    }
    return std::make_unique<SampledSource>(*std::move(documents), std::move(notes), options,
                                           tokenizer);
  }
  auto corpus = EncodeDocuments(*documents, *tokenizer, options.threads);
  if (!corpus.ok()) return corpus.status();
  return std::make_unique<FixedSource>(*std::move(corpus), std::move(notes));
}

}  // namespace bytepiece::lm
