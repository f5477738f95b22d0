// SPDX-License-Identifier: Apache-2.0
#include "trainer/shards.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/text/normalizer.h"
#include "trainer/counts/count_run.h"
#include "trainer/counts/run_set.h"
#include "trainer/passes/counting.h"
#include "trainer/passes/counting_options.h"

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
  const absl::Status merged =
      MergeRuns(header, runs, [&](const CountBlock& block, std::string_view bytes) {
        const auto is_before = [&](std::int64_t step) { return steps[step] <= block.first; };
        while (progress.done < progress.total && is_before(progress.done)) ++progress.done;
        progress.memory = ResidentBytes();
        if (sink != nullptr && !sink->Update(progress)) {
          return absl::CancelledError("stopped on request");
        }
        return writer.AddBlock(block, bytes);
      });
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

struct Shard {
  TrainerSpec spec;
  TemporaryRuns store;
  CountingOptions counting;
};

absl::StatusOr<std::unique_ptr<Shard>> MakeShard(const DocumentSource& source,
                                                 const TrainerOptions& options,
                                                 ProgressSink* sink) {
  if (absl::Status status = ValidateTrainerSpec(options.spec); !status.ok()) return status;
  if (absl::Status status = CheckNormalizer(); !status.ok()) return status;
  if (absl::Status status = ValidateWeights(source); !status.ok()) return status;
  const absl::StatusOr<MemoryBudget> budget = PrepareMemory(options.memory_limit, options.threads);
  if (!budget.ok()) return budget.status();
  auto shard = std::make_unique<Shard>(
      Shard{options.spec,
            TemporaryRuns(options.temp_dir.empty() ? DefaultTempDir() : options.temp_dir),
            {}});
  shard->counting.spec = &shard->spec;
  shard->counting.unit = source.unit();
  shard->counting.threads = budget->threads;
  shard->counting.budget = *budget;
  shard->counting.sink = sink;
  return shard;
}

}  // namespace

absl::Status CountNgramShard(DocumentSource* source, const TrainerOptions& options,
                             ProgressSink* sink, const CountFileWriter::Append& write) {
  const absl::StatusOr<std::unique_ptr<Shard>> shard = MakeShard(*source, options, sink);
  if (!shard.ok()) return shard.status();
  CountingOptions& counting = (*shard)->counting;
  counting.progress = {.stage = 1, .stages = 2, .name = "counting n-grams"};
  RunSet runs(NgramHeader(options.spec, counting.unit), &(*shard)->store);
  CountingState state;
  absl::Status status = CountNgrams(source, counting, &runs, &state);
  if (!status.ok()) return status;
  return WriteMerged(runs.header(), runs.runs(), state.corpus(),
                     {.stage = 2, .stages = 2, .name = "writing counts"}, sink, write);
}

absl::Status CountPieceShard(DocumentSource* source, std::shared_ptr<const CountFile> ngrams,
                             const TrainerOptions& options, ProgressSink* sink,
                             const CountFileWriter::Append& write) {
  const CountHeader& header = ngrams->header();
  if (header.kind != CountKind::kNgrams) {
    return absl::InvalidArgumentError(
        absl::StrCat(ngrams->name(), " holds piece counts; name the n-gram counts of the corpus"));
  }
  if (header.unit != source->unit()) {
    return absl::InvalidArgumentError(
        absl::StrCat(ngrams->name(), " was made with weights in units of 1/", header.unit,
                     ", this input has units of 1/", source->unit(),
                     "; give every shard the weights of the whole mixture"));
  }
  TrainerOptions adopted = options;
  SetSpec(header, &adopted.spec);
  const absl::StatusOr<std::unique_ptr<Shard>> shard = MakeShard(*source, adopted, sink);
  if (!shard.ok()) return shard.status();
  CountingOptions& counting = (*shard)->counting;
  counting.progress = {.stage = 1, .stages = 3, .name = "pruning n-grams"};
  if (sink != nullptr && !sink->Update(counting.progress)) {
    return absl::CancelledError("stopped on request");
  }
  RunSet ngram_runs(header, &(*shard)->store);
  ngram_runs.Add(CountRun(ngrams));
  const absl::StatusOr<NgramModel> model = BuildNgramModel(ngram_runs, counting);
  if (!model.ok()) return model.status();
  counting.progress = {.stage = 2, .stages = 3, .name = "segmenting and counting pieces"};
  RunSet runs(PieceHeader((*shard)->spec, counting.unit, ngrams->digest()), &(*shard)->store);
  CountingState state;
  absl::Status status = CountPieces(source, counting, *model, &runs, &state);
  if (status.ok()) status = CheckWeights(state.corpus(), *ngrams);
  if (!status.ok()) return status;
  return WriteMerged(runs.header(), runs.runs(), state.corpus(),
                     {.stage = 3, .stages = 3, .name = "writing counts"}, sink, write);
}

absl::Status MergeCounts(const CountFiles& files, ProgressSink* sink,
                         const CountFileWriter::Append& write) {
  if (files.empty()) return absl::InvalidArgumentError("no count files are given");
  const absl::StatusOr<CorpusSize> corpus = AddUpCorpora(files);
  if (!corpus.ok()) return corpus.status();
  const std::vector<CountRun> runs(files.begin(), files.end());
  RunPointers pointers;
  for (const CountRun& run : runs) pointers.push_back(&run);
  return WriteMerged(files[0]->header(), pointers, *corpus, {.name = "merging counts"}, sink,
                     write);
}

}  // namespace bytepiece
