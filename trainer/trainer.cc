// SPDX-License-Identifier: Apache-2.0
#include "trainer/trainer.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/utf8.h"
#include "bytepiece/model/spec_fields.h"
#include "bytepiece/text/normalizer.h"
#include "trainer/counts/count_file.h"
#include "trainer/counts/piece_run.h"
#include "trainer/grow/character_counts.h"
#include "trainer/grow/vocabulary_grower.h"
#include "trainer/passes/counting.h"
#include "trainer/passes/counting_options.h"
#include "trainer/passes/work_dir.h"
#include "trainer/pieces/piece_pruner.h"

namespace bytepiece {
namespace {

// Parts of the counted pieces that threads take in turn.
constexpr int kRangesPerThread = 16;

constexpr char kPruningNgrams[] = "pruning n-grams";
constexpr char kPruningPieces[] = "pruning pieces";

// All that decides the counts, as lines: a run may go on where another stopped
// if these are the same. What only the last stage needs is not among them.
std::string Identity(const TrainerSpec& spec, const DocumentSource& source) {
  return FormatHeader(PieceHeader(spec, source.unit(), 0)) + source.identity();
}

class Training {
 public:
  Training(const TrainerOptions& options, const MemoryBudget& budget, std::int64_t unit,
           ProgressSink* sink)
      : spec_(options.spec),
        hard_vocab_size_(options.hard_vocab_size),
        temporary_(TempDir(options)),
        unit_(unit),
        sink_(sink) {
    counting_.spec = &spec_;
    counting_.unit = unit;
    counting_.threads = budget.threads;
    counting_.budget = budget;
    counting_.sink = sink;
    stages_ = spec_.method == TrainingMethod::kGrow ? 6 : 4;
  }

  absl::StatusOr<std::vector<Model>> Run(DocumentSource* source, const TrainerOptions& options) {
    if (!options.work_dir.empty()) {
      absl::StatusOr<std::unique_ptr<WorkDir>> work =
          WorkDir::Open(options.work_dir, Identity(spec_, *source));
      if (!work.ok()) return work.status();
      work_ = *std::move(work);
      SetCheckpoints(options.checkpoint_seconds);
    }
    RunStore* const store = work_ ? static_cast<RunStore*>(work_.get()) : &temporary_;
    WorkDir::State state = work_ ? work_->state() : WorkDir::State();
    counting_.inputs = state.inputs;
    RunSet pieces(PieceHeader(spec_, unit_, 0), store);
    if (state.stage != WorkDir::Stage::kCounted) {
      RunSet ngrams(NgramHeader(spec_, unit_), store);
      if (absl::Status status = CountAll(source, &state, &ngrams, &pieces); !status.ok()) {
        return status;
      }
    } else if (absl::Status status = Restore(source, &pieces); !status.ok()) {
      return status;
    }
    ReturnFreedMemory();
    if (spec_.method == TrainingMethod::kGrow) return Grow(source, &pieces, state.corpus);
    return Prune(pieces.runs(), pieces.memory_bytes(), pieces.spilled_bytes(), state.corpus);
  }

  // `run_bytes` of the runs are in memory.
  absl::StatusOr<std::vector<Model>> Prune(const RunPointers& runs, std::int64_t run_bytes,
                                           std::int64_t spilled, const CorpusSize& corpus) {
    if (absl::Status status = Report(4, kPruningPieces, spilled); !status.ok()) return status;
    absl::StatusOr<PiecePruner> pruner = MakePruner(runs, run_bytes, spilled);
    if (!pruner.ok()) return pruner.status();
    return MakeModels(corpus, [&](std::int64_t size) -> absl::StatusOr<Vocabulary> {
      const bool all = pruner->num_pieces() <= size;
      pruner->ShrinkTo(size);
      absl::Status status = Report(4, kPruningPieces, spilled);
      if (!status.ok()) return status;
      return Vocabulary{pruner->Pieces(), all};
    });
  }

 private:
  struct Vocabulary {
    std::vector<Piece> pieces;
    bool all;  // if there are fewer than asked for: the corpus uses no others
  };

  // The counted pieces of the work folder, if they are those of the inputs as they are now. Growing
  // finds that out by itself.
  absl::Status Restore(DocumentSource* source, RunSet* pieces) {
    if (spec_.method != TrainingMethod::kGrow) {
      const CorpusPassOptions pass = {
          .progress = {.stage = 3, .stages = stages_, .name = "reading the inputs again"},
          .batch_bytes = counting_.budget.batch_bytes,
          .inputs = counting_.inputs};
      CorpusPosition position;
      absl::Status same = RunCorpusPass(source, pass, sink_, nullptr, &position);
      if (!same.ok()) return same;
    }
    return work_->Restore(CountKind::kPieces, pieces);
  }

  absl::StatusOr<PiecePruner> MakePruner(const RunPointers& runs, std::int64_t run_bytes,
                                         std::int64_t spilled) const {
    const std::vector<PrefixRange> ranges = CutPieces(runs, kRangesPerThread * counting_.threads);
    const auto scan = [&](int range, const PieceScan::Take& take) {
      return MergePieces(runs, take, ranges[range]);
    };
    const auto report = [&](std::int64_t done, std::int64_t total) {
      Report(4, kPruningPieces, spilled, done, total).IgnoreError();  // stops at its end
    };
    return PiecePruner::Create({static_cast<int>(ranges.size()), scan},
                               {.max_piece_length = spec_.max_piece_length,
                                .min_count = spec_.min_count * unit_,
                                .unit = unit_,
                                .threads = counting_.threads,
                                .max_bytes = counting_.budget.work_bytes - run_bytes,
                                .progress = report});
  }

  // The last stages of kGrow. Forgets the runs in memory.
  absl::StatusOr<std::vector<Model>> Grow(DocumentSource* source, RunSet* pieces,
                                          const CorpusSize& corpus) {
    const std::int64_t spilled = pieces->spilled_bytes();
    if (absl::Status status = Report(4, kPruningPieces, spilled); !status.ok()) return status;
    const std::int64_t largest =
        NumPieces(*std::max_element(spec_.vocab_sizes.begin(), spec_.vocab_sizes.end()));
    std::vector<Piece> candidates;
    {
      absl::StatusOr<PiecePruner> pruner =
          MakePruner(pieces->runs(), pieces->memory_bytes(), spilled);
      if (!pruner.ok()) return pruner.status();
      pruner->ShrinkTo(VocabularyGrower::CandidatesFor(largest));
      candidates = pruner->Pieces();
    }
    pieces->DropMemory();
    ReturnFreedMemory();
    counting_.progress = {.stage = 5, .stages = stages_, .name = "growing the vocabulary"};
    counting_.checkpoint_due = nullptr;
    counting_.checkpoint = nullptr;
    PassSink first_of_stage(sink_);
    first_of_stage.Plan(1 + VocabularyGrower::kReadingsToGrow);
    counting_.sink = &first_of_stage;
    absl::StatusOr<CharacterCounts> characters = CharacterCounts::Create(source, counting_);
    counting_.sink = sink_;
    if (!characters.ok()) return characters.status();
    VocabularyGrower grower(source, {counting_, &temporary_, 1}, *std::move(characters),
                            std::move(candidates));
    if (absl::Status status = grower.Grow(largest); !status.ok()) return status;
    std::vector<std::int64_t> sizes = spec_.vocab_sizes;
    std::sort(sizes.rbegin(), sizes.rend());
    for (std::int64_t& size : sizes) size = NumPieces(size);
    grower.SetProgress({.stage = 6, .stages = stages_, .name = "shrinking the vocabulary"}, sizes);
    return MakeModels(corpus, [&](std::int64_t size) -> absl::StatusOr<Vocabulary> {
      if (absl::Status status = grower.ShrinkTo(size); !status.ok()) return status;
      absl::StatusOr<std::vector<Piece>> filled = grower.FilledTo(size);
      if (!filled.ok()) return filled.status();
      return Vocabulary{*std::move(filled), true};
    });
  }

  std::int64_t NumPieces(std::int64_t vocab_size) const {
    return vocab_size - kNumControlTokens - static_cast<std::int64_t>(spec_.special_tokens.size());
  }

  // A model for each of spec_.vocab_sizes; `shrink` is given numbers of pieces in
  // descending order.
  absl::StatusOr<std::vector<Model>> MakeModels(
      const CorpusSize& corpus,
      const std::function<absl::StatusOr<Vocabulary>(std::int64_t)>& shrink) const {
    std::map<std::int64_t, Model, std::greater<>> by_size;
    for (const std::int64_t size : spec_.vocab_sizes) by_size[size];
    std::vector<std::string> notes;
    for (auto& [size, model] : by_size) {
      absl::StatusOr<Vocabulary> vocabulary = shrink(NumPieces(size));
      if (!vocabulary.ok()) return vocabulary.status();
      if (static_cast<std::int64_t>(vocabulary->pieces.size()) < NumPieces(size)) {
        notes.push_back(Shortfall(size, *vocabulary));
        if (hard_vocab_size_) return absl::FailedPreconditionError(notes.back());
      }
      model = MakeModel(std::move(vocabulary->pieces), size, corpus);
    }
    for (const std::string& note : notes) {
      if (sink_ != nullptr) sink_->Note(note);
    }
    std::vector<Model> models;
    for (const std::int64_t size : spec_.vocab_sizes) models.push_back(by_size.at(size));
    return models;
  }

  // Why the vocabulary is smaller than `vocab_size`.
  std::string Shortfall(std::int64_t vocab_size, const Vocabulary& vocabulary) const {
    const std::int64_t missing =
        NumPieces(vocab_size) - static_cast<std::int64_t>(vocabulary.pieces.size());
    return absl::StrCat(
        "the vocabulary has ", vocab_size - missing, " of the ", vocab_size, " tokens asked for: ",
        vocabulary.all
            ? "the corpus uses no more pieces under these options; lower --vocab-size, or "
              "give more text"
            : absl::StrCat("pruning to that size left others unused, and --method ",
                           SpecText(spec_.method), " does not fill up; --method grow does"));
  }

  static std::string TempDir(const TrainerOptions& options) {
    return options.temp_dir.empty() ? DefaultTempDir() : options.temp_dir;
  }

  // Stages 1 to 3, or what is left of them.
  absl::Status CountAll(DocumentSource* source, WorkDir::State* state, RunSet* ngrams,
                        RunSet* pieces) {
    if (work_) {
      if (absl::Status status = work_->Restore(CountKind::kNgrams, ngrams); !status.ok()) {
        return status;
      }
      if (absl::Status status = work_->Restore(CountKind::kPieces, pieces); !status.ok()) {
        return status;
      }
    }
    if (state->stage == WorkDir::Stage::kNgrams) {
      absl::Status status = CountNgramsOf(source, state, ngrams);
      if (!status.ok()) return status;
    }
    const std::int64_t spilled = ngrams->spilled_bytes();
    if (absl::Status status = Report(2, kPruningNgrams, spilled); !status.ok()) return status;
    counting_.progress = {.stage = 2, .stages = stages_, .name = kPruningNgrams};
    absl::StatusOr<NgramModel> model = BuildNgramModel(*ngrams, counting_);
    if (!model.ok()) return model.status();
    // In a work folder the files stay until the next stage is done.
    ngrams->DropMemory();
    ReturnFreedMemory();
    counting_.progress = {.stage = 3, .stages = stages_, .name = "segmenting and counting pieces"};
    counting_.checkpoint = [&](const CountingState& counting, const RunSet& runs) {
      state->counting = counting;
      return work_->Save(*state, ngrams, &runs);
    };
    if (!work_) counting_.checkpoint = nullptr;
    absl::Status status = CountPieces(source, counting_, *model, pieces, &state->counting);
    if (!status.ok() || !work_) return status;
    state->stage = WorkDir::Stage::kCounted;
    return work_->Save(*state, nullptr, pieces);
  }

  absl::Status CountNgramsOf(DocumentSource* source, WorkDir::State* state, RunSet* ngrams) {
    counting_.progress = {.stage = 1, .stages = stages_, .name = "counting n-grams"};
    if (work_) {
      counting_.checkpoint = [&](const CountingState& counting, const RunSet& runs) {
        state->counting = counting;
        return work_->Save(*state, &runs, nullptr);
      };
    }
    absl::Status status = CountNgrams(source, counting_, ngrams, &state->counting);
    if (!status.ok()) return status;
    state->corpus = state->counting.corpus();
    if (state->corpus.bytes() == 0) return EmptyCorpus(state->corpus);
    state->inputs = state->counting.position.inputs;
    counting_.inputs = state->inputs;
    state->stage = WorkDir::Stage::kPieces;
    state->counting = CountingState();
    return work_ ? work_->Save(*state, ngrams, nullptr) : absl::OkStatus();
  }

  static absl::Status EmptyCorpus(const CorpusSize& corpus) {
    return absl::InvalidArgumentError(
        absl::StrCat("the corpus is empty: ", corpus.documents,
                     corpus.documents == 1 ? " document" : " documents", " without text"));
  }

  void SetCheckpoints(double seconds) {
    using Clock = std::chrono::steady_clock;
    counting_.checkpoint_due = [seconds, last = Clock::now()]() mutable {
      const Clock::time_point now = Clock::now();
      if (std::chrono::duration<double>(now - last).count() < seconds) return false;
      last = now;
      return true;
    };
  }

  Model MakeModel(std::vector<Piece> pieces, std::int64_t requested_size,
                  const CorpusSize& corpus) const {
    Model model;
    model.normalization = spec_.normalization;
    model.pieces_are_unicode = std::all_of(pieces.begin(), pieces.end(), [](const Piece& piece) {
      return piece.bytes.size() == 1 || IsValidUtf8(piece.bytes);
    });
    model.pieces = std::move(pieces);
    for (const std::string& token : spec_.special_tokens) {
      model.special_tokens.push_back({token, false});
    }
    AddReservedTokens(spec_.pad_vocab_to, &model);
    model.provenance =
        Provenance{spec_, requested_size, corpus.documents, corpus.bytes(), MixtureOf(corpus)};
    return model;
  }

  // Nothing, if every document counts once.
  std::vector<WeightedText> MixtureOf(const CorpusSize& corpus) const {
    std::vector<WeightedText> mixture;
    for (const auto& [weight, bytes] : corpus.bytes_by_weight) {
      const std::int64_t common = std::gcd(weight, unit_);
      mixture.push_back({weight / common, unit_ / common, bytes});
    }
    if (mixture.size() == 1 && corpus.bytes_by_weight.count(unit_) > 0) mixture.clear();
    return mixture;
  }

  absl::Status Report(int stage, std::string_view name, std::int64_t spilled, std::int64_t done = 0,
                      std::int64_t total = 0) const {
    if (sink_ == nullptr || sink_->Update({.stage = stage,
                                           .stages = stages_,
                                           .name = name,
                                           .done = done,
                                           .total = total,
                                           .memory = ResidentBytes(),
                                           .spilled = spilled})) {
      return absl::OkStatus();
    }
    return absl::CancelledError("stopped on request");
  }

  TrainerSpec spec_;
  bool hard_vocab_size_;
  TemporaryRuns temporary_;
  std::unique_ptr<WorkDir> work_;  // may be null
  CountingOptions counting_;
  std::int64_t unit_;
  int stages_ = 4;
  ProgressSink* sink_;
};

absl::StatusOr<MemoryBudget> Budget(const TrainerOptions& options) {
  if (absl::Status status = ValidateTrainerSpec(options.spec); !status.ok()) return status;
  return PrepareMemory(options.memory_limit, options.threads);
}

}  // namespace

absl::StatusOr<std::vector<Model>> Train(DocumentSource* source, const TrainerOptions& options,
                                         ProgressSink* progress) {
  const absl::StatusOr<MemoryBudget> budget = Budget(options);
  if (!budget.ok()) return budget.status();
  if (absl::Status status = CheckNormalizer(); !status.ok()) return status;
  if (absl::Status status = ValidateWeights(*source); !status.ok()) return status;
  return Training(options, *budget, source->unit(), progress).Run(source, options);
}

absl::StatusOr<std::vector<Model>> TrainFromPieces(
    const std::vector<std::shared_ptr<const CountFile>>& pieces, const TrainerOptions& options,
    ProgressSink* progress) {
  if (pieces.empty()) return absl::InvalidArgumentError("no count files are given");
  const CountHeader& header = pieces[0]->header();
  if (header.kind != CountKind::kPieces) {
    return absl::InvalidArgumentError(
        absl::StrCat(pieces[0]->name(),
                     " holds n-gram counts; make piece counts of the corpus with them: "
                     "\"bytepiece count --pieces --ngrams FILE\""));
  }
  const absl::StatusOr<CorpusSize> corpus = AddUpCorpora(pieces);
  if (!corpus.ok()) return corpus.status();
  const std::vector<CountRun> runs(pieces.begin(), pieces.end());
  TrainerOptions adopted = options;
  SetSpec(header, &adopted.spec);
  const absl::StatusOr<MemoryBudget> budget = Budget(adopted);
  if (!budget.ok()) return budget.status();
  RunPointers pointers;
  for (const CountRun& run : runs) pointers.push_back(&run);
  return Training(adopted, *budget, header.unit, progress).Prune(pointers, 0, 0, *corpus);
}

}  // namespace bytepiece
