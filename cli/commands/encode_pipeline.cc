// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/encode_pipeline.h"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bytepiece/io/file_descriptor.h"
#include "bytepiece/streaming_encoder.h"
#include "cli/options/shard_option.h"
#include "cli/options/text_memory.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

constexpr std::size_t kPartBytes = std::size_t{1} << 20;
// A longer line is streamed, if it may be.
constexpr std::size_t kStreamedBytes = 16 * kPartBytes;
// So much of it at once, after which is seen how much is held back.
constexpr std::size_t kFedBytes = std::size_t{1} << 18;
// So many ids are written at once: their text takes several times as much.
constexpr std::size_t kWrittenIds = std::size_t{1} << 16;

struct Batch {
  // The rows of the parts from `first` on.
  struct Rows {
    std::size_t first = 0;
    std::size_t num_parts = 0;
    TokenBatch tokens;
  };
  std::vector<DocumentPart> parts;  // as the corpus delivers them
  std::vector<Rows> rows;           // in their order
  std::int64_t consumed = 0;        // of the input, with this batch
};

struct Totals {
  std::int64_t documents = 0;
  std::int64_t bytes = 0;
  std::int64_t tokens = 0;
};

class Pipeline {
 public:
  Pipeline(const PipelineOptions& options, const TextMemory& memory, const EncodeParts& encode,
           const Tokenizer& tokenizer, Corpus* corpus, TokenOutput output)
      : options_(options),
        memory_(memory),
        encode_(encode),
        corpus_(corpus),
        output_(std::move(output)),
        encoder_(tokenizer, options.threads),
        stream_(tokenizer, StreamOptions(options.encode)) {}

  absl::Status Run(ProgressMeter* meter) {
    const std::int64_t total = corpus_->total();
    meter->Update({1, 1, "encoding", 0, total, "bytes"});
    Batch writing;
    std::future<absl::Status> written;
    Batch batch;
    absl::Status status = Read(&batch);
    while (status.ok() && !batch.parts.empty()) {
      Batch ahead;
      std::future<absl::Status> read = Begin([&] { return Read(&ahead); });
      status = Encode(&batch);
      // All tasks end before anything they use changes, whatever went wrong.
      if (written.valid()) status.Update(written.get());
      const std::int64_t consumed = batch.consumed;
      if (status.ok()) {
        writing = std::move(batch);
        written = Begin([&] { return Write(writing); });
      }
      status.Update(read.get());
      if (status.ok()) meter->Update({1, 1, "encoding", consumed, total, "bytes"});
      batch = std::move(ahead);
    }
    if (written.valid()) status.Update(written.get());
    if (status.ok()) status = output_.Commit();
    return status;
  }

  const Totals& totals() const { return totals_; }

 private:
  // The result of `work`, run on another thread or, where none can be started, when asked for.
  template <typename Work>
  static std::future<absl::Status> Begin(Work work) {
    return std::async(std::launch::async | std::launch::deferred, work);
  }

  // A document's first and last ids are added where it begins and ends.
  static EncodeOptions StreamOptions(EncodeOptions options) {
    options.add_bos = options.add_eos = false;
    return options;
  }

  absl::Status Read(Batch* batch) {
    absl::Status status = corpus_->ReadParts(memory_.batch_bytes, &batch->parts);
    batch->consumed = corpus_->consumed();
    return status;
  }

  // Of parts that are streamed each by itself, of the others all between two such together.
  absl::Status Encode(Batch* batch) {
    std::size_t first = 0;
    for (std::size_t i = 0; i < batch->parts.size(); ++i) {
      const bool goes_on = batch->parts[i].cut_anywhere;
      if (!is_streaming_ && !goes_on) continue;
      absl::Status status = EncodeTogether(first, i, batch);
      if (status.ok()) status = Stream(i, batch);
      if (!status.ok()) return status;
      is_streaming_ = goes_on;
      first = i + 1;
    }
    absl::Status status = EncodeTogether(first, batch->parts.size(), batch);
    for (DocumentPart& part : batch->parts) part.text = {};
    return status;
  }

  absl::Status EncodeTogether(std::size_t first, std::size_t last, Batch* batch) {
    if (first == last) return absl::OkStatus();
    std::vector<TextPart> parts;
    std::vector<std::uint64_t> numbers;
    for (std::size_t i = first; i < last; ++i) {
      parts.push_back(Count(batch->parts[i]));
      numbers.push_back(static_cast<std::uint64_t>(DocumentNumber()));
    }
    Batch::Rows* const rows = &batch->rows.emplace_back();
    rows->first = first;
    rows->num_parts = parts.size();
    const absl::Status status = encode_(parts, numbers, &encoder_, &rows->tokens);
    if (status.ok()) return status;
    const std::size_t failed = encoder_.failed_document();
    return DocumentError(status, batch->parts[first + failed], numbers[failed]);
  }

  // A stretch of a line, which may go on.
  absl::Status Stream(std::size_t i, Batch* batch) {
    const DocumentPart& part = batch->parts[i];
    Count(part);
    Batch::Rows* const rows = &batch->rows.emplace_back();
    rows->first = i;
    rows->num_parts = 1;
    std::vector<TokenId>* const ids = &rows->tokens.ids;
    if (options_.encode.add_bos && part.begins_document) ids->push_back(kBosId);
    absl::Status status = Feed(part.text, ids);
    if (!part.cut_anywhere) {
      if (status.ok()) status = stream_.Finish(ids);
      if (options_.encode.add_eos && part.ends_document) ids->push_back(kEosId);
    }
    rows->tokens.offsets.push_back(static_cast<std::int64_t>(ids->size()));
    return status.ok() ? status : DocumentError(status, part, DocumentNumber());
  }

  absl::Status Feed(std::string_view text, std::vector<TokenId>* ids) {
    while (!text.empty()) {
      const std::string_view block = text.substr(0, kFedBytes);
      text.remove_prefix(block.size());
      if (absl::Status status = stream_.Feed(block, ids); !status.ok()) return status;
      if (stream_.pending() > memory_.most_pending) {
        return absl::ResourceExhaustedError(
            absl::StrCat("a line whose pieces depend on how it ends, for more than ",
                         memory_.most_pending >> 10, " kB, has no room within the memory limit of ",
                         memory_.limit >> 20, "M; raise --memory-limit by ", memory_.pending_cost,
                         "M for each MB more of it, or cut the text into lines"));
      }
    }
    return absl::OkStatus();
  }

  // Adds the part to the totals.
  TextPart Count(const DocumentPart& part) {
    if (part.begins_document) {
      ++totals_.documents;
      document_bytes_ = 0;
    }
    const std::int64_t begin = document_bytes_;
    const auto size = static_cast<std::int64_t>(part.text.size());
    document_bytes_ += size;
    totals_.bytes += size;
    return {part.text, begin, part.begins_document, part.ends_document};
  }

  // The number of the document counted last.
  std::int64_t DocumentNumber() const {
    return options_.input.corpus.shard.NumberInCorpus(totals_.documents - 1);
  }

  absl::Status DocumentError(const absl::Status& status, const DocumentPart& part,
                             std::int64_t number) const {
    const bool was_forbidden = options_.encode.special_tokens == SpecialTokenPolicy::kForbid &&
                               absl::IsInvalidArgument(status);
    const char* const remedy = was_forbidden ? " (--special-tokens plain; or, for what is no "
                                               "control token, allow or --allow-special)"
                                             : "";
    return absl::Status(status.code(),
                        absl::StrCat(DisplayName(corpus_->files()[part.file].path), " (document ",
                                     number + 1, "): ", status.message(), remedy));
  }

  absl::Status Write(const Batch& batch) {
    for (const Batch::Rows& rows : batch.rows) {
      const std::size_t rows_per_part = rows.tokens.size() / rows.num_parts;
      for (std::size_t row = 0; row < rows.tokens.size(); ++row) {
        const DocumentPart& part = batch.parts[rows.first + row / rows_per_part];
        absl::Status status = WriteRow(part, rows.tokens.ids_of(row), rows.tokens.spans_of(row));
        if (!status.ok()) return status;
      }
      totals_.tokens += static_cast<std::int64_t>(rows.tokens.ids.size());
    }
    return corpus_->has_pipe() && options_.input.document == "line" ? output_.Flush()
                                                                    : absl::OkStatus();
  }

  absl::Status WriteRow(const DocumentPart& part, absl::Span<const TokenId> ids,
                        absl::Span<const ByteSpan> spans) {
    for (;;) {
      const bool is_last = ids.size() <= kWrittenIds;
      absl::Status status =
          output_.Append(part.file, ids.subspan(0, kWrittenIds), spans.subspan(0, kWrittenIds),
                         is_last && part.ends_document);
      if (!status.ok() || is_last) return status;
      ids.remove_prefix(kWrittenIds);
      if (!spans.empty()) spans.remove_prefix(kWrittenIds);
    }
  }

  const PipelineOptions& options_;
  const TextMemory memory_;
  const EncodeParts& encode_;
  Corpus* corpus_;
  TokenOutput output_;
  BatchEncoder encoder_;
  StreamingEncoder stream_;
  bool is_streaming_ = false;        // within a line that goes on
  std::int64_t document_bytes_ = 0;  // of the current document, so far
  Totals totals_;
};

void PrintSummary(const Totals& totals, double seconds) {
  std::cerr << totals.documents << (totals.documents == 1 ? " document, " : " documents, ")
            << FormatAmount(totals.bytes, "bytes") << " of text, " << totals.tokens << " tokens";
  if (totals.tokens > 0) {
    std::cerr << absl::StrFormat(" (%.2f bytes each)",
                                 static_cast<double>(totals.bytes) / totals.tokens);
  }
  std::cerr << ", in " << FormatDuration(seconds) << " ("
            << FormatAmount(totals.bytes / std::max(seconds, 1e-3), "bytes") << "/s)" << std::endl;
}

}  // namespace

void AddPipelineOptions(CLI::App* app, PipelineOptions* options) {
  AddInputOptions(app, &options->input);
  AddShardOption(app, &options->input.corpus.shard);
  AddModelOptions(app, &options->model);
  AddTokenOutputOptions(app, &options->output);
  app->add_flag("--bos", options->encode.add_bos, "Put <bos> in front of each document");
  app->add_flag("--eos", options->encode.add_eos, "Put <eos> after each document");
  AddSpelledTokensOptions(app, &options->spelled_tokens);
  AddThreadsOption(app, &options->threads);
  AddMemoryLimitOption(app, &options->memory_limit);
  AddProgressOptions(app, &options->progress);
}

absl::Status RunPipeline(PipelineOptions* options, const EncodeParts& encode) {
  const auto start = std::chrono::steady_clock::now();
  const absl::StatusOr<Tokenizer> tokenizer = LoadTokenizer(options->model);
  if (!tokenizer.ok()) return tokenizer.status();
  absl::Status allowed = ApplySpelledTokens(options->spelled_tokens, *tokenizer, &options->encode);
  if (!allowed.ok()) return allowed;
  const int threads = options->threads > 0 ? options->threads : omp_get_num_procs();
  const absl::StatusOr<TextMemory> memory =
      DivideTextMemory(options->memory_limit, threads, options->memory_cost);
  if (!memory.ok()) return memory.status();
  InputOptions input = options->input;
  memory->Apply(&input.corpus);
  input.corpus.keep_byte_order_mark = tokenizer->normalization() == Normalization::kNone;
  // A special token may stand across any place where text could be cut.
  if (options->takes_parts && !options->spelled_tokens.search()) {
    input.corpus.parts.part_bytes = std::min(kPartBytes, memory->most_held_bytes / 2);
  }
  if (options->may_stream) {
    input.corpus.parts.long_line_bytes = std::min(kStreamedBytes, memory->most_held_bytes);
    input.corpus.parts.long_lines = LongLines::kAnywhere;
  }
  const absl::StatusOr<std::unique_ptr<Corpus>> corpus = OpenInputs(input, Passes::kOne);
  if (!corpus.ok()) return corpus.status();
  absl::StatusOr<TokenOutput> output =
      TokenOutput::Create(options->output, options->model.path, (*corpus)->files(),
                          options->progress.log_json, &*tokenizer);
  if (!output.ok()) return output.status();
  Pipeline pipeline(*options, *memory, encode, *tokenizer, corpus->get(), *std::move(output));
  {
    ProgressMeter meter(options->progress);
    if (!meter.status().ok()) return meter.status();
    absl::Status status = pipeline.Run(&meter);
    status.Update(meter.Finish());
    if (!status.ok()) return status;
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  if (!options->progress.quiet) PrintSummary(pipeline.totals(), elapsed.count());
  ReportInputNotes((*corpus)->notes());
  return absl::OkStatus();
}

}  // namespace bytepiece
