// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/encode_pipeline.h"

#include <omp.h>

#include <chrono>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bytepiece/text/splitter.h"
#include "cli/options/shard_option.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

constexpr std::int64_t kBatchBytes = std::int64_t{8} << 20;
constexpr std::size_t kPartBytes = std::size_t{1} << 20;
// What could not be cut into parts of some such size is encoded by all threads together.
constexpr std::size_t kLongPartBytes = 4 * kPartBytes;

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

// Part `i` is of document `document[i]`.
struct Parts {
  std::vector<DocumentPart> parts;
  std::vector<std::size_t> document;
};

// `first`: of the documents, among those of the shard.
Parts CutDocuments(const std::vector<std::string>& documents, std::int64_t first,
                   const CorpusShard& shard, bool may_part_documents) {
  Parts cut;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const std::string_view text = documents[i];
    std::size_t begin = 0;
    do {
      std::size_t end = text.size();
      if (may_part_documents && end - begin > kPartBytes) {
        end = NextSafeCut(text, begin + kPartBytes);
      }
      cut.parts.push_back({shard.NumberInCorpus(first + static_cast<std::int64_t>(i)),
                           text.substr(begin, end - begin), begin == 0, end == text.size()});
      cut.document.push_back(i);
      begin = end;
    } while (begin < text.size());
  }
  return cut;
}

// Makes room for the parts of the document that begins with part `first`.
void ReserveForParts(const Parts& cut, std::size_t first, std::vector<EncodedDocument>* encoded) {
  EncodedDocument::Segmentation* document = &(*encoded)[first].segmentations[0];
  std::size_t ids = document->ids.size();
  for (std::size_t i = first; !cut.parts[i].ends_document; ++i) {
    ids += (*encoded)[i + 1].segmentations[0].ids.size();
  }
  document->ids.reserve(ids);
  if (!document->offsets.empty()) document->offsets.reserve(ids);
}

// Appends a part's segmentation, from `begin` on in the document.
void AppendPart(std::int64_t begin, const EncodedDocument::Segmentation& part,
                EncodedDocument::Segmentation* document) {
  document->ids.insert(document->ids.end(), part.ids.begin(), part.ids.end());
  for (const ByteSpan& span : part.offsets) {
    document->offsets.push_back({span.begin + begin, span.end + begin});
  }
}

class Pipeline {
 public:
  Pipeline(const PipelineOptions& options, const EncodePart& encode, const Tokenizer* tokenizer,
           Corpus* corpus, TokenOutput output)
      : encode_(encode),
        corpus_(corpus),
        output_(std::move(output)),
        shard_(options.input.shard),
        may_part_documents_(options.may_part_documents),
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
    while (status.ok() && !batch.documents.empty()) {
      Batch ahead;
      std::future<absl::Status> read = std::async(std::launch::async, [&] { return Read(&ahead); });
      status = Encode(&batch);
      // Both tasks end before anything they use changes, whatever went wrong.
      if (written.valid()) status.Update(written.get());
      status.Update(read.get());
      if (!status.ok()) return status;
      meter->Update({1, 1, "encoding", batch.consumed, total, "bytes"});
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
    Parts cut = CutDocuments(batch->documents, totals_.documents, shard_, may_part_documents_);
    const auto count = static_cast<std::int64_t>(cut.parts.size());
    std::vector<EncodedDocument> encoded(cut.parts.size());
    std::vector<absl::Status> statuses(cut.parts.size());
    const auto encode = [&](std::int64_t i) {
      try {  // no exception may leave a parallel region
        statuses[i] = encode_(cut.parts[i], &workers_[omp_get_thread_num()], &encoded[i]);
      } catch (const std::bad_alloc&) {
        statuses[i] = absl::ResourceExhaustedError("out of memory; try fewer --threads");
      }
    };
    for (std::int64_t i = 0; i < count; ++i) {
      if (cut.parts[i].text.size() <= most_alone_) continue;
      cut.parts[i].threads = threads_;
      encode(i);
    }
#pragma omp parallel for schedule(dynamic) num_threads(threads_)
    for (std::int64_t i = 0; i < count; ++i) {
      if (cut.parts[i].text.size() <= most_alone_) encode(i);
    }
    for (std::size_t i = 0; i < cut.parts.size(); ++i) {
      if (!statuses[i].ok()) return DocumentError(statuses[i], *batch, cut.document[i]);
    }
    JoinParts(cut, std::move(encoded), batch);
    totals_.documents += static_cast<std::int64_t>(batch->documents.size());
    return absl::OkStatus();
  }

  void JoinParts(const Parts& cut, std::vector<EncodedDocument> encoded, Batch* batch) {
    batch->encoded.reserve(batch->documents.size());
    for (std::size_t i = 0; i < cut.parts.size(); ++i) {
      const std::string_view text = cut.parts[i].text;
      totals_.bytes += static_cast<std::int64_t>(text.size());
      if (cut.parts[i].begins_document) {
        if (!cut.parts[i].ends_document) ReserveForParts(cut, i, &encoded);
        batch->encoded.push_back(std::move(encoded[i]));
        continue;
      }
      // Only documents with one segmentation come in parts.
      AppendPart(text.data() - batch->documents[cut.document[i]].data(),
                 encoded[i].segmentations[0], &batch->encoded.back().segmentations[0]);
      encoded[i] = {};
    }
  }

  absl::Status DocumentError(const absl::Status& status, const Batch& batch, std::size_t i) const {
    const InputFile& file = corpus_->files()[batch.files[i]];
    const std::int64_t number =
        shard_.NumberInCorpus(totals_.documents + static_cast<std::int64_t>(i));
    return absl::Status(status.code(),
                        absl::StrCat(file.path == "-" ? "standard input" : file.path, " (document ",
                                     number + 1, "): ", status.message()));
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

  const EncodePart& encode_;
  Corpus* corpus_;
  TokenOutput output_;
  CorpusShard shard_;
  bool may_part_documents_;
  std::size_t most_alone_;  // bytes of a part for one thread
  int threads_;
  std::vector<Worker> workers_;
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
  AddShardOption(app, &options->input.shard);
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

absl::Status RunPipeline(const PipelineOptions& options, const EncodePart& encode) {
  const auto start = std::chrono::steady_clock::now();
  const absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Load(options.model.path, options.model.normalization);
  if (!tokenizer.ok()) return tokenizer.status();
  absl::StatusOr<std::unique_ptr<Corpus>> corpus = OpenInputs(options.input, Passes::kOne);
  if (!corpus.ok()) return corpus.status();
  absl::StatusOr<TokenOutput> output =
      TokenOutput::Create(options.output, options.model.path, (*corpus)->files(), &*tokenizer);
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
