// SPDX-License-Identifier: Apache-2.0
#include "trainer/trainer.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/base/utf8.h"
#include "bytepiece/model/spec_fields.h"
#include "trainer/counts/count_file.h"
#include "trainer/counts/counted_text.h"
#include "trainer/counts/piece_run.h"
#include "trainer/grow/character_counts.h"
#include "trainer/grow/vocabulary_grower.h"
#include "trainer/passes/corpus_pass.h"
#include "trainer/passes/counting.h"
#include "trainer/passes/counting_options.h"
#include "trainer/passes/work_dir.h"
#include "trainer/pieces/piece_pruner.h"
#include "trainer/setup/memory_budget.h"
#include "trainer/setup/stages.h"
#include "trainer/training_run.h"

namespace bytepiece::inline v0 {
namespace {

// Parts of the counted pieces that threads take in turn.
constexpr int kRangesPerThread = 16;

// All that decides the counts, as lines: a run may go on where another stopped
// if these are the same. What only the last stage needs is not among them.
std::string Identity(const TrainerSpec& spec, const DocumentSource& source) {
  return FormatHeader(PieceHeader(spec, source.unit(), 0)) + source.identity();
}

class Training {
 public:
  // `work`, the folder of a run that can be resumed, may be null.
  Training(TrainingRun* run, WorkDir* work)
      : run_(run),
        spec_(run->spec),
        counting_(run->counting),
        work_(work),
        ngrams_(std::in_place, NgramHeader(spec_, counting_.unit), Store()),
        pieces_(PieceHeader(spec_, counting_.unit, 0), Store()) {
    if (work != nullptr) state_ = work->state();
    counting_.inputs = state_.inputs;
  }

  absl::StatusOr<std::vector<Model>> OnCorpus(DocumentSource* source, double checkpoint_seconds) {
    source_ = source;
    if (work_ != nullptr) {
      SetCheckpoints(checkpoint_seconds);
      absl::Status status = work_->Restore(CountKind::kNgrams, &*ngrams_);
      if (status.ok()) status = work_->Restore(CountKind::kPieces, &pieces_);
      if (!status.ok()) return status;
    }
    return Run();
  }

  absl::StatusOr<std::vector<Model>> OnPieces(std::vector<CountRun> runs, CorpusSize corpus) {
    state_.stage = WorkDir::Stage::kCounted;
    state_.corpus = std::move(corpus);
    pieces_.Add(std::move(runs));
    return Run();
  }

 private:
  struct Vocabulary {
    std::vector<Piece> pieces;
    bool all;  // if there are fewer than asked for: the corpus uses no others
  };

  // The method.
  absl::StatusOr<std::vector<Model>> Run() {
    const bool has_ngrams = state_.stage != WorkDir::Stage::kNgrams;
    const bool has_pieces = state_.stage == WorkDir::Stage::kCounted;
    const bool grows = spec_.method == TrainingMethod::kGrow;
    // Growing finds out by itself whether the inputs are those that were counted.
    const bool reads_again = has_pieces && source_ != nullptr && !grows;
    std::vector<Stage> stages = {
        {"counting n-grams", Doing(&Training::CountNgramsOfCorpus), has_ngrams},
        {"pruning n-grams", Doing(&Training::PruneNgrams), has_pieces},
        reads_again ? Stage{"reading the inputs again", Doing(&Training::ReadAgain)}
                    : Stage{"segmenting and counting pieces", Doing(&Training::CountPiecesOfCorpus),
                            has_pieces},
        {"pruning pieces", Doing(grows ? &Training::ProposePieces : &Training::PrunePieces)}};
    if (grows) {
      stages.push_back({"growing the vocabulary", Doing(&Training::GrowPieces)});
      stages.push_back({"shrinking the vocabulary", Doing(&Training::ShrinkPieces)});
    }
    absl::Status status = RunStages(stages, counting_.sink);
    if (!status.ok()) return status;
    return std::move(models_);
  }

  std::function<absl::Status(const Progress&)> Doing(absl::Status (Training::*stage)()) {
    return [this, stage](const Progress& progress) {
      counting_.progress = progress;
      return (this->*stage)();
    };
  }

  absl::Status CountNgramsOfCorpus() {
    SaveWith([this](const RunSet& runs) { return work_->Save(state_, &runs, nullptr); });
    absl::Status status = CountNgrams(source_, counting_, &*ngrams_, &state_.counting);
    if (!status.ok()) return status;
    state_.corpus = state_.counting.corpus();
    if (state_.corpus.bytes() == 0) return EmptyCorpus(state_.corpus);
    state_.inputs = state_.counting.position.inputs;
    counting_.inputs = state_.inputs;
    state_.stage = WorkDir::Stage::kPieces;
    state_.counting = CountingState();
    return work_ != nullptr ? work_->Save(state_, &*ngrams_, nullptr) : absl::OkStatus();
  }

  absl::Status PruneNgrams() {
    absl::StatusOr<NgramModel> model = BuildNgramModel(*ngrams_, counting_);
    if (!model.ok()) return model.status();
    model_ = *std::move(model);
    // In a work folder the files stay until the next stage is done.
    ngrams_->DropMemory();
    return absl::OkStatus();
  }

  absl::Status CountPiecesOfCorpus() {
    SaveWith([this](const RunSet& runs) { return work_->Save(state_, &*ngrams_, &runs); });
    absl::Status status = CountPieces(source_, counting_, *model_, &pieces_, &state_.counting);
    model_.reset();
    if (!status.ok()) return status;
    ngrams_.reset();
    state_.stage = WorkDir::Stage::kCounted;
    return work_ != nullptr ? work_->Save(state_, nullptr, &pieces_) : absl::OkStatus();
  }

  absl::Status ReadAgain() {
    const CorpusPassOptions pass = {.progress = counting_.progress,
                                    .batch_bytes = counting_.budget.batch_bytes,
                                    .inputs = counting_.inputs};
    CorpusPosition position;
    return RunCorpusPass(source_, pass, counting_.sink, nullptr, &position);
  }

  absl::Status PrunePieces() {
    absl::StatusOr<PiecePruner> pruner = MakePruner();
    if (!pruner.ok()) return pruner.status();
    return MakeModels([&](std::int64_t size) -> absl::StatusOr<Vocabulary> {
      const bool all = pruner->num_pieces() <= size;
      pruner->ShrinkTo(size);
      if (absl::Status status = Report(); !status.ok()) return status;
      return Vocabulary{pruner->Pieces(), all};
    });
  }

  // Pieces to start growing from. Forgets the runs in memory.
  absl::Status ProposePieces() {
    absl::StatusOr<PiecePruner> pruner = MakePruner();
    if (!pruner.ok()) return pruner.status();
    pruner->ShrinkTo(VocabularyGrower::CandidatesFor(LargestSize()));
    candidates_ = pruner->Pieces();
    pieces_.DropMemory();
    return absl::OkStatus();
  }

  absl::Status GrowPieces() {
    counting_.checkpoint_due = nullptr;
    counting_.checkpoint = nullptr;
    CountingOptions first_reading = counting_;
    PassSink sink(counting_.sink);
    sink.Plan(1 + VocabularyGrower::kReadingsToGrow);
    first_reading.sink = &sink;
    absl::StatusOr<CharacterCounts> characters = CharacterCounts::Create(source_, first_reading);
    if (!characters.ok()) return characters.status();
    const GrowerOptions options = {counting_, &run_->temporary, 1, state_.corpus.bytes()};
    grower_.emplace(source_, options, *std::move(characters), std::move(candidates_));
    return grower_->Grow(LargestSize());
  }

  absl::Status ShrinkPieces() {
    std::vector<std::int64_t> sizes = spec_.vocab_sizes;
    std::sort(sizes.rbegin(), sizes.rend());
    for (std::int64_t& size : sizes) size = NumPieces(size);
    grower_->SetProgress(counting_.progress, sizes);
    return MakeModels([this](std::int64_t size) -> absl::StatusOr<Vocabulary> {
      if (absl::Status status = grower_->ShrinkTo(size); !status.ok()) return status;
      absl::StatusOr<std::vector<Piece>> filled = grower_->FilledTo(size);
      if (!filled.ok()) return filled.status();
      return Vocabulary{*std::move(filled), true};
    });
  }

  RunStore* Store() const {
    return work_ != nullptr ? static_cast<RunStore*>(work_) : &run_->temporary;
  }

  absl::StatusOr<PiecePruner> MakePruner() const {
    const RunPointers runs = pieces_.runs();
    const std::vector<PrefixRange> ranges = CutPieces(runs, kRangesPerThread * counting_.threads);
    const auto scan = [&](int range, const PieceScan::Take& take) {
      return MergePieces(runs, take, ranges[range]);
    };
    const auto report = [this](std::int64_t done, std::int64_t total) {
      Report(done, total).IgnoreError();  // stops at its end
    };
    absl::StatusOr<PiecePruner> pruner =
        PiecePruner::Create({static_cast<int>(ranges.size()), scan},
                            {.max_piece_length = spec_.max_piece_length,
                             .min_count = spec_.min_count * counting_.unit,
                             .unit = counting_.unit,
                             .threads = counting_.threads,
                             .max_bytes = counting_.budget.work_bytes - pieces_.memory_bytes(),
                             .progress = report});
    if (!pruner.ok() || source_ != nullptr) return pruner;
    absl::Status status =
        CheckCountedText(pieces_.header(), state_.corpus, pruner->text_bytes(), runs);
    if (!status.ok()) return status;
    return pruner;
  }

  std::int64_t NumPieces(std::int64_t vocab_size) const {
    return vocab_size - kNumControlTokens - static_cast<std::int64_t>(spec_.special_tokens.size());
  }
  // The number of pieces in the largest vocabulary asked for.
  std::int64_t LargestSize() const {
    return NumPieces(*std::max_element(spec_.vocab_sizes.begin(), spec_.vocab_sizes.end()));
  }

  // A model for each of spec_.vocab_sizes; `shrink` is given numbers of pieces in
  // descending order.
  absl::Status MakeModels(const std::function<absl::StatusOr<Vocabulary>(std::int64_t)>& shrink) {
    std::map<std::int64_t, Model, std::greater<>> by_size;
    for (const std::int64_t size : spec_.vocab_sizes) by_size[size];
    std::vector<std::string> notes;
    for (auto& [size, model] : by_size) {
      absl::StatusOr<Vocabulary> vocabulary = shrink(NumPieces(size));
      if (!vocabulary.ok()) return vocabulary.status();
      if (static_cast<std::int64_t>(vocabulary->pieces.size()) < NumPieces(size)) {
        notes.push_back(Shortfall(size, *vocabulary));
        if (run_->hard_vocab_size) return absl::FailedPreconditionError(notes.back());
      }
      model = MakeModel(std::move(vocabulary->pieces), size);
    }
    for (const std::string& note : notes) {
      if (counting_.sink != nullptr) counting_.sink->Note(note);
    }
    for (const std::int64_t size : spec_.vocab_sizes) models_.push_back(by_size.at(size));
    return absl::OkStatus();
  }

  // Why the vocabulary is smaller than `vocab_size`.
  std::string Shortfall(std::int64_t vocab_size, const Vocabulary& vocabulary) const {
    const std::int64_t missing =
        NumPieces(vocab_size) - static_cast<std::int64_t>(vocabulary.pieces.size());
    return absl::StrCat(
        "the vocabulary has ", vocab_size - missing, " of the ", vocab_size, " tokens asked for: ",
        vocabulary.all
            ? absl::StrCat("the corpus uses no more pieces under these options; lower --vocab-size",
                           spec_.min_count > 1 ? " or --min-count" : "", ", or give more text")
            : absl::StrCat("pruning to that size left others unused, and --method ",
                           SpecText(spec_.method), " does not fill up; --method grow does"));
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

  // Makes checkpoints, if there are any, bring state_ up to date and save.
  void SaveWith(std::function<absl::Status(const RunSet& runs)> save) {
    if (work_ == nullptr) return;
    counting_.checkpoint = [this, save = std::move(save)](const CountingState& counting,
                                                          const RunSet& runs) {
      state_.counting = counting;
      return save(runs);
    };
  }

  Model MakeModel(std::vector<Piece> pieces, std::int64_t requested_size) const {
    const CorpusSize& corpus = state_.corpus;
    Model model;
    model.normalization = spec_.normalization;
    model.pieces_are_unicode = std::all_of(pieces.begin(), pieces.end(), [](const Piece& piece) {
      return piece.bytes.size() == 1 || IsValidUtf8(piece.bytes);
    });
    model.pieces = std::move(pieces);
    SetScores(run_->scores, &model);
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
      const std::int64_t common = std::gcd(weight, counting_.unit);
      mixture.push_back({weight / common, counting_.unit / common, bytes});
    }
    if (mixture.size() == 1 && corpus.bytes_by_weight.count(counting_.unit) > 0) mixture.clear();
    return mixture;
  }

  // Reports the progress of a stage that does not read the corpus.
  absl::Status Report(std::int64_t done = 0, std::int64_t total = 0) const {
    Progress progress = counting_.progress;
    progress.done = done;
    progress.total = total;
    progress.memory = ResidentBytes();
    progress.spilled = pieces_.spilled_bytes();
    if (counting_.sink == nullptr || counting_.sink->Update(progress)) return absl::OkStatus();
    return absl::CancelledError("stopped on request");
  }

  TrainingRun* run_;
  const TrainerSpec& spec_;
  CountingOptions counting_;
  WorkDir* work_;  // may be null
  DocumentSource* source_ = nullptr;

  // The stages hand these on.
  WorkDir::State state_;
  std::optional<RunSet> ngrams_;
  std::optional<NgramModel> model_;
  RunSet pieces_;
  std::vector<Piece> candidates_;
  std::optional<VocabularyGrower> grower_;
  std::vector<Model> models_;
};

}  // namespace

absl::StatusOr<std::vector<Model>> Train(DocumentSource* source, const TrainerOptions& options,
                                         ProgressSink* progress) {
  if (absl::Status status = ValidateTrainerSpec(options.spec); !status.ok()) return status;
  if (absl::Status status = ValidateWeights(*source); !status.ok()) return status;
  return CatchExceptions([&]() -> absl::StatusOr<std::vector<Model>> {
    const absl::StatusOr<std::unique_ptr<TrainingRun>> run =
        TrainingRun::Create(options, source->unit(), progress);
    if (!run.ok()) return run.status();
    std::unique_ptr<WorkDir> work;
    if (!options.work_dir.empty()) {
      absl::StatusOr<std::unique_ptr<WorkDir>> opened =
          WorkDir::Open(options.work_dir, Identity(options.spec, *source));
      if (!opened.ok()) return opened.status();
      work = *std::move(opened);
    }
    return Training(run->get(), work.get()).OnCorpus(source, options.checkpoint_seconds);
  });
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
  absl::StatusOr<CorpusSize> corpus = AddUpCorpora(pieces);
  if (!corpus.ok()) return corpus.status();
  TrainerOptions adopted = options;
  SetSpec(header, &adopted.spec);
  return CatchExceptions([&]() -> absl::StatusOr<std::vector<Model>> {
    if (absl::Status status = ValidateTrainerSpec(adopted.spec); !status.ok()) return status;
    const absl::StatusOr<std::unique_ptr<TrainingRun>> run =
        TrainingRun::Create(adopted, header.unit, progress);
    if (!run.ok()) return run.status();
    return Training(run->get(), nullptr)
        .OnPieces({pieces.begin(), pieces.end()}, *std::move(corpus));
  });
}

}  // namespace bytepiece::inline v0
