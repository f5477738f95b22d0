// SPDX-License-Identifier: Apache-2.0
#include "trainer/shards.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/catch_exceptions.h"
#include "trainer/counts/count_run.h"
#include "trainer/counts/counted_text.h"
#include "trainer/counts/run_set.h"
#include "trainer/passes/counting.h"
#include "trainer/setup/memory_budget.h"
#include "trainer/setup/stages.h"
#include "trainer/training_run.h"

namespace bytepiece {
namespace {

// How finely the progress of merging is told.
constexpr int kMergeSteps = 1000;

// Merges runs into one file, saying what share of them that was.
absl::Status WriteMerged(const CountHeader& header, const RunPointers& runs,
                         const CorpusSize& corpus, Progress progress, ProgressSink* sink,
                         const CountFileWriter::Append& write) {
  CountFileWriter writer(write, header);
  const std::vector<std::uint64_t> steps = CutRuns(runs, kMergeSteps);
  progress.total = static_cast<std::int64_t>(steps.size());
  std::int64_t text_bytes = 0;
  absl::Status merged = MergeRuns(
      header, runs,
      [&](const CountBlock& block, std::string_view bytes) {
        const auto is_before = [&](std::int64_t step) { return steps[step] <= block.first; };
        while (progress.done < progress.total && is_before(progress.done)) ++progress.done;
        progress.memory = ResidentBytes();
        if (sink != nullptr && !sink->Update(progress)) {
          return absl::CancelledError("stopped on request");
        }
        return writer.AddBlock(block, bytes);
      },
      &text_bytes);
  if (merged.ok()) merged = CheckCountedText(header, corpus, text_bytes, runs);
  if (!merged.ok()) return merged;
  progress.done = progress.total;
  if (sink != nullptr) sink->Update(progress);
  return writer.Finish(corpus);
}

// Pieces of text that the n-grams were not counted of with that weight would be segmented by
// others' habits.
absl::Status CheckWeights(const CorpusSize& shard, const CountFile& ngrams) {
  const CorpusSize& whole = ngrams.corpus();
  for (const auto& [weight, bytes] : shard.bytes_by_weight) {
    if (whole.bytes_by_weight.empty() || whole.bytes_by_weight.contains(weight)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("this input has text of weight ", weight, "/", ngrams.header().unit,
                     ", of which ", ngrams.name(),
                     " counts none; give every shard the weight it had when n-grams were counted"));
  }
  return absl::OkStatus();
}

// Whether a shard's pieces can be counted with these.
absl::Status CheckNgrams(const CountFile& ngrams, const DocumentSource& source) {
  const CountHeader& header = ngrams.header();
  if (header.kind != CountKind::kNgrams) {
    return absl::InvalidArgumentError(
        absl::StrCat(ngrams.name(), " holds piece counts; name the n-gram counts of the corpus"));
  }
  if (header.unit != source.unit()) {
    return absl::InvalidArgumentError(
        absl::StrCat(ngrams.name(), " was made with weights in units of 1/", header.unit,
                     ", this input has units of 1/", source.unit(),
                     "; give every shard the weights of the whole mixture"));
  }
  return absl::OkStatus();
}

absl::Status CountNgramsOfShard(DocumentSource* source, const TrainerOptions& options,
                                ProgressSink* sink, const CountFileWriter::Append& write) {
  if (absl::Status status = ValidateWeights(*source); !status.ok()) return status;
  const absl::StatusOr<std::unique_ptr<TrainingRun>> run =
      TrainingRun::Create(options, source->unit(), sink);
  if (!run.ok()) return run.status();
  CountingOptions& counting = (*run)->counting;
  RunSet runs(NgramHeader(options.spec, counting.unit), &(*run)->temporary);
  CountingState state;
  return RunStages({{"counting n-grams",
                     [&](const Progress& progress) {
                       counting.progress = progress;
                       return CountNgrams(source, counting, &runs, &state);
                     }},
                    {"writing counts",
                     [&](const Progress& progress) {
                       return WriteMerged(runs.header(), runs.runs(), state.corpus(), progress,
                                          sink, write);
                     }}},
                   sink);
}

absl::Status CountPiecesOfShard(DocumentSource* source, std::shared_ptr<const CountFile> ngrams,
                                const TrainerOptions& options, ProgressSink* sink,
                                const CountFileWriter::Append& write) {
  if (absl::Status status = ValidateWeights(*source); !status.ok()) return status;
  if (absl::Status status = CheckNgrams(*ngrams, *source); !status.ok()) return status;
  TrainerOptions adopted = options;
  SetSpec(ngrams->header(), &adopted.spec);
  const absl::StatusOr<std::unique_ptr<TrainingRun>> run =
      TrainingRun::Create(adopted, source->unit(), sink);
  if (!run.ok()) return run.status();
  CountingOptions& counting = (*run)->counting;
  RunSet ngram_runs(ngrams->header(), &(*run)->temporary);
  ngram_runs.Add(CountRun(ngrams));
  RunSet runs(PieceHeader(adopted.spec, counting.unit, ngrams->digest()), &(*run)->temporary);
  CountingState state;
  std::optional<NgramModel> model;
  return RunStages({{"pruning n-grams",
                     [&](const Progress& progress) {
                       counting.progress = progress;
                       absl::StatusOr<NgramModel> built = BuildNgramModel(ngram_runs, counting);
                       if (built.ok()) model = *std::move(built);
                       return built.status();
                     }},
                    {"segmenting and counting pieces",
                     [&](const Progress& progress) {
                       counting.progress = progress;
                       absl::Status status = CountPieces(source, counting, *model, &runs, &state);
                       return status.ok() ? CheckWeights(state.corpus(), *ngrams) : status;
                     }},
                    {"writing counts",
                     [&](const Progress& progress) {
                       return WriteMerged(runs.header(), runs.runs(), state.corpus(), progress,
                                          sink, write);
                     }}},
                   sink);
}

absl::Status MergeFiles(const CountFiles& files, ProgressSink* sink,
                        const CountFileWriter::Append& write) {
  if (files.empty()) return absl::InvalidArgumentError("no count files are given");
  const absl::StatusOr<CorpusSize> corpus = AddUpCorpora(files);
  if (!corpus.ok()) return corpus.status();
  const std::vector<CountRun> runs(files.begin(), files.end());
  RunPointers pointers;
  for (const CountRun& run : runs) pointers.push_back(&run);
  return RunStages({{"merging counts",
                     [&](const Progress& progress) {
                       return WriteMerged(files[0]->header(), pointers, *corpus, progress, sink,
                                          write);
                     }}},
                   sink);
}

}  // namespace

absl::Status CountNgramShard(DocumentSource* source, const TrainerOptions& options,
                             ProgressSink* sink, const CountFileWriter::Append& write) {
  return CatchExceptions([&] { return CountNgramsOfShard(source, options, sink, write); });
}

absl::Status CountPieceShard(DocumentSource* source, std::shared_ptr<const CountFile> ngrams,
                             const TrainerOptions& options, ProgressSink* sink,
                             const CountFileWriter::Append& write) {
  return CatchExceptions(
      [&] { return CountPiecesOfShard(source, std::move(ngrams), options, sink, write); });
}

absl::Status MergeCounts(const CountFiles& files, ProgressSink* sink,
                         const CountFileWriter::Append& write) {
  return CatchExceptions([&] { return MergeFiles(files, sink, write); });
}

}  // namespace bytepiece
