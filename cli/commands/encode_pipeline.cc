// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/encode_pipeline.h"

#include <omp.h>

#include <chrono>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bytepiece/io/file_descriptor.h"
#include "bytepiece/streaming_encoder.h"
#include "bytepiece/text/splitter.h"
#include "cli/options/shard_option.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

constexpr std::int64_t kBatchBytes = std::int64_t{8} << 20;
constexpr std::size_t kPartBytes = std::size_t{1} << 20;
// A part that could not be cut to some such size is encoded by all threads together.
constexpr std::size_t kLongPartBytes = 4 * kPartBytes;

// A longer line is streamed, if it may be.
constexpr std::size_t kStreamedBytes = 16 * kPartBytes;

// A part of text that is encoded at once, and what becomes of it.
struct EncodedPart {
  TextToEncode part;
  std::size_t file = 0;
  std::int64_t begin = 0;  // of the text in its document
  EncodedDocument encoded;
  absl::Status status;
};

struct Batch {
  std::vector<DocumentPart> texts;  // as the corpus delivers them
  std::vector<EncodedPart> parts;   // of these, in order
  std::int64_t consumed = 0;        // of the input, with this batch
};

struct Totals {
  std::int64_t documents = 0;
  std::int64_t bytes = 0;
  std::int64_t tokens = 0;
};

class Pipeline {
 public:
  Pipeline(const PipelineOptions& options, const EncodePart& encode, const Tokenizer* tokenizer,
           Corpus* corpus, TokenOutput output)
      : options_(options),
        encode_(encode),
        tokenizer_(tokenizer),
        corpus_(corpus),
        output_(std::move(output)),
        most_alone_(options.may_share_parts ? kLongPartBytes : ~std::size_t{0}),
        threads_(options.threads > 0 ? options.threads : omp_get_num_procs()) {
    for (int i = 0; i < threads_; ++i) workers_.push_back(tokenizer->NewWorker());
  }

  absl::Status Run(ProgressMeter* meter) {
    const std::int64_t total = corpus_->total();
    meter->Update({1, 1, "encoding", 0, total, "bytes"});
    Batch writing;
    std::future<absl::Status> written;
    Batch batch;
    absl::Status status = Read(&batch);
    while (status.ok() && !batch.texts.empty()) {
      Batch ahead;
      std::future<absl::Status> read = std::async(std::launch::async, [&] { return Read(&ahead); });
      status = Encode(&batch);
      // All tasks end before anything they use changes, whatever went wrong.
      if (written.valid()) status.Update(written.get());
      const std::int64_t consumed = batch.consumed;
      if (status.ok()) {
        writing = std::move(batch);
        written = std::async(std::launch::async, [&] { return Write(writing); });
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
  absl::Status Read(Batch* batch) {
    absl::Status status = corpus_->ReadParts(kBatchBytes, &batch->texts);
    batch->consumed = corpus_->consumed();
    return status;
  }

  absl::Status Encode(Batch* batch) {
    for (const DocumentPart& text : batch->texts) Cut(text, batch);
    for (EncodedPart& part : batch->parts) {
      if (part.status.ok() && part.part.text.size() > most_alone_) {
        part.part.threads = threads_;
        EncodeOne(&part);
      }
    }
    const auto count = static_cast<std::int64_t>(batch->parts.size());
#pragma omp parallel for schedule(dynamic) num_threads(threads_)
    for (std::int64_t i = 0; i < count; ++i) {
      if (batch->parts[i].part.text.size() <= most_alone_) EncodeOne(&batch->parts[i]);
    }
    for (const EncodedPart& part : batch->parts) {
      if (!part.status.ok()) return DocumentError(part);
    }
    batch->texts.clear();
    return absl::OkStatus();
  }

  // Adds the parts of `text` to the batch; what is streamed is encoded at once.
  void Cut(const DocumentPart& text, Batch* batch) {
    if (text.begins_document) {
      ++totals_.documents;
      document_bytes_ = 0;
    }
    const CorpusShard& shard = options_.input.corpus.shard;
    const bool streamed = stream_.has_value() || text.cut_anywhere;
    const std::string_view all = text.text;
    std::size_t begin = 0;
    do {
      std::size_t end = all.size();
      if (options_.may_part_documents && !streamed && end - begin > kPartBytes) {
        end = NextSafeCut(all, begin + kPartBytes);
      }
      EncodedPart* part = &batch->parts.emplace_back();
      part->part = {shard.NumberInCorpus(totals_.documents - 1), all.substr(begin, end - begin),
                    text.begins_document && begin == 0, text.ends_document && end == all.size()};
      part->file = text.file;
      part->begin = document_bytes_;
      document_bytes_ += static_cast<std::int64_t>(end - begin);
      begin = end;
    } while (begin < all.size());
    totals_.bytes += static_cast<std::int64_t>(all.size());
    if (streamed) Stream(text.cut_anywhere, &batch->parts.back());
  }

  void EncodeOne(EncodedPart* part) {
    if (!part->encoded.segmentations.empty()) return;  // streamed
    try {                                              // no exception may leave a parallel region
      part->status = encode_(part->part, &workers_[omp_get_thread_num()], &part->encoded);
    } catch (const std::bad_alloc&) {
      part->status = absl::ResourceExhaustedError("out of memory; try fewer --threads");
    }
  }

  // The next stretch of a line, and whether that goes on.
  void Stream(bool goes_on, EncodedPart* part) {
    if (!stream_) {
      EncodeOptions encode = options_.encode;
      encode.add_bos = encode.add_eos = false;
      stream_.emplace(*tokenizer_, encode);
    }
    std::vector<TokenId>* ids = &part->encoded.segmentations.emplace_back().ids;
    if (options_.encode.add_bos && part->part.begins_document) ids->push_back(kBosId);
    part->status = stream_->Feed(part->part.text, ids);
    if (goes_on) return;
    if (part->status.ok()) part->status = stream_->Finish(ids);
    if (options_.encode.add_eos && part->part.ends_document) ids->push_back(kEosId);
    stream_.reset();
  }

  absl::Status DocumentError(const EncodedPart& part) const {
    return absl::Status(part.status.code(),
                        absl::StrCat(DisplayName(corpus_->files()[part.file].path), " (document ",
                                     part.part.number + 1, "): ", part.status.message()));
  }

  absl::Status Write(Batch& batch) {
    for (EncodedPart& part : batch.parts) {
      for (EncodedDocument::Segmentation& one : part.encoded.segmentations) {
        for (ByteSpan& span : one.offsets) {
          span = {span.begin + part.begin, span.end + part.begin};
        }
        absl::Status status =
            output_.Append(part.file, one.ids, one.offsets, part.part.ends_document);
        if (!status.ok()) return status;
        totals_.tokens += static_cast<std::int64_t>(one.ids.size());
      }
    }
    return corpus_->has_pipe() && options_.input.document == "line" ? output_.Flush()
                                                                    : absl::OkStatus();
  }

  const PipelineOptions& options_;
  const EncodePart& encode_;
  const Tokenizer* tokenizer_;
  Corpus* corpus_;
  TokenOutput output_;
  std::size_t most_alone_;  // bytes of a part for one thread
  int threads_;
  std::vector<Worker> workers_;
  std::optional<StreamingEncoder> stream_;  // within a line that goes on
  std::int64_t document_bytes_ = 0;         // of the current document, so far
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
  AddProgressOptions(app, &options->progress);
}

absl::Status RunPipeline(PipelineOptions* options, const EncodePart& encode) {
  const auto start = std::chrono::steady_clock::now();
  const absl::StatusOr<Tokenizer> tokenizer = LoadTokenizer(options->model);
  if (!tokenizer.ok()) return tokenizer.status();
  absl::Status allowed = ApplySpelledTokens(options->spelled_tokens, *tokenizer, &options->encode);
  if (!allowed.ok()) return allowed;
  InputOptions input = options->input;
  input.corpus.keep_byte_order_mark = tokenizer->normalization() == Normalization::kNone;
  if (options->may_part_documents) input.corpus.parts.part_bytes = kPartBytes;
  if (options->may_stream) {
    input.corpus.parts.long_line_bytes = kStreamedBytes;
    input.corpus.parts.long_lines = LongLines::kAnywhere;
  }
  const absl::StatusOr<std::unique_ptr<Corpus>> corpus = OpenInputs(input, Passes::kOne);
  if (!corpus.ok()) return corpus.status();
  absl::StatusOr<TokenOutput> output =
      TokenOutput::Create(options->output, options->model.path, (*corpus)->files(),
                          options->progress.log_json, &*tokenizer);
  if (!output.ok()) return output.status();
  Pipeline pipeline(*options, encode, &*tokenizer, corpus->get(), *std::move(output));
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
