// SPDX-License-Identifier: Apache-2.0
#include "cli/encode_pipeline.h"

#include <omp.h>

#include <chrono>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/errors.h"

namespace bytepiece {
namespace {

constexpr std::int64_t kBatchBytes = std::int64_t{8} << 20;

struct Batch {
  std::vector<std::string> documents;
  std::vector<std::size_t> files;  // of the documents
  std::vector<EncodedDocument> encoded;
  std::int64_t consumed = 0;  // of the input, with this batch
};

struct Totals {
  std::int64_t documents = 0;
  std::int64_t bytes = 0;
  std::int64_t tokens = 0;
};

class Pipeline {
 public:
  Pipeline(const PipelineOptions& options, const EncodeDocument& encode, const Tokenizer* tokenizer,
           Corpus* corpus, TokenOutput output)
      : encode_(encode),
        tokenizer_(tokenizer),
        corpus_(corpus),
        output_(std::move(output)),
        threads_(options.threads > 0 ? options.threads : omp_get_num_procs()),
        workspaces_(static_cast<std::size_t>(threads_)) {}

  absl::Status Run(ProgressMeter* meter) {
    const std::int64_t total = corpus_->total();
    Batch writing;
    std::future<absl::Status> written;
    Batch batch;
    absl::Status status = Read(&batch);
    while (status.ok() && !batch.documents.empty()) {
      meter->Update({1, 1, "encoding", batch.consumed, total, "bytes"});
      Batch ahead;
      std::future<absl::Status> read = std::async(std::launch::async, [&] { return Read(&ahead); });
      status = Encode(&batch);
      // Both tasks end before anything they use changes, whatever went wrong.
      if (written.valid()) status.Update(written.get());
      status.Update(read.get());
      if (!status.ok()) return status;
      writing = std::exchange(batch, std::move(ahead));
      written = std::async(std::launch::async, [&] { return Write(writing); });
    }
    if (written.valid()) status.Update(written.get());
    if (status.ok()) status = output_.Commit();
    return status;
  }

  const Totals& totals() const { return totals_; }

 private:
  absl::Status Read(Batch* batch) {
    absl::Status status = corpus_->ReadWithFiles(kBatchBytes, &batch->documents, &batch->files);
    batch->consumed = corpus_->consumed();
    return status;
  }

  absl::Status Encode(Batch* batch) {
    const auto count = static_cast<std::int64_t>(batch->documents.size());
    batch->encoded.resize(batch->documents.size());
    std::vector<absl::Status> statuses(batch->documents.size());
#pragma omp parallel for schedule(dynamic) num_threads(threads_)
    for (std::int64_t i = 0; i < count; ++i) {
      statuses[i] = encode_(*tokenizer_, batch->documents[i], totals_.documents + i,
                            &workspaces_[omp_get_thread_num()], &batch->encoded[i]);
    }
    for (std::int64_t i = 0; i < count; ++i) {
      if (!statuses[i].ok()) return DocumentError(statuses[i], *batch, i);
      totals_.bytes += static_cast<std::int64_t>(batch->documents[i].size());
    }
    totals_.documents += count;
    return absl::OkStatus();
  }

  absl::Status DocumentError(const absl::Status& status, const Batch& batch, std::int64_t i) const {
    const InputFile& file = corpus_->files()[batch.files[i]];
    return absl::Status(status.code(),
                        absl::StrCat(file.path == "-" ? "standard input" : file.path, " (document ",
                                     totals_.documents + i + 1, "): ", status.message()));
  }

  absl::Status Write(const Batch& batch) {
    for (std::size_t i = 0; i < batch.encoded.size(); ++i) {
      for (const EncodedDocument::Segmentation& one : batch.encoded[i].segmentations) {
        absl::Status status = output_.Append(batch.files[i], one.ids, one.offsets);
        if (!status.ok()) return status;
        totals_.tokens += static_cast<std::int64_t>(one.ids.size());
      }
    }
    return absl::OkStatus();
  }

  const EncodeDocument& encode_;
  const Tokenizer* tokenizer_;
  Corpus* corpus_;
  TokenOutput output_;
  int threads_;
  std::vector<Workspace> workspaces_;
  Totals totals_;
};

void PrintSummary(const Totals& totals, double seconds) {
  std::cerr << totals.documents << (totals.documents == 1 ? " document, " : " documents, ")
            << FormatAmount(totals.bytes, "bytes") << ", " << totals.tokens << " tokens";
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
  AddModelOptions(app, &options->model);
  AddTokenOutputOptions(app, &options->output);
  app->add_flag("--bos", options->encode.add_bos, "Put <bos> in front of each document");
  app->add_flag("--eos", options->encode.add_eos, "Put <eos> after each document");
  const std::map<std::string, SpecialTokenPolicy> policies = {
      {"plain", SpecialTokenPolicy::kPlainText},
      {"allow", SpecialTokenPolicy::kAllow},
      {"forbid", SpecialTokenPolicy::kForbid}};
  app->add_option_function<std::string>(
         "--special-tokens",
         [policies, options](const std::string& name) {
           options->encode.special_tokens = policies.at(name);
         },
         "Text that spells a special token is plain text, becomes the\n"
         "token (allow), or is an error (forbid)")
      ->type_name("plain|allow|forbid")
      ->check(CLI::IsMember(policies).description(""))
      ->default_str("plain");
  AddThreadsOption(app, &options->threads);
  AddProgressOptions(app, &options->progress);
}

absl::Status RunPipeline(const PipelineOptions& options, const EncodeDocument& encode) {
  const auto start = std::chrono::steady_clock::now();
  const absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Load(options.model.path, options.model.normalization);
  if (!tokenizer.ok()) return tokenizer.status();
  absl::StatusOr<std::unique_ptr<Corpus>> corpus = OpenInputs(options.input, Passes::kOne);
  if (!corpus.ok()) return corpus.status();
  absl::StatusOr<TokenOutput> output =
      TokenOutput::Create(options.output, (*corpus)->files(), &*tokenizer);
  if (!output.ok()) return output.status();
  Pipeline pipeline(options, encode, &*tokenizer, corpus->get(), *std::move(output));
  {
    ProgressMeter meter(options.progress);
    if (absl::Status status = pipeline.Run(&meter); !status.ok()) return status;
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  if (!options.progress.quiet) PrintSummary(pipeline.totals(), elapsed.count());
  return absl::OkStatus();
}

}  // namespace bytepiece
