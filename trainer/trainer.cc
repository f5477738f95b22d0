// SPDX-License-Identifier: Apache-2.0
#include "trainer/trainer.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/normalizer.h"
#include "bytepiece/splitter.h"
#include "bytepiece/utf8.h"
#include "trainer/corpus_pass.h"
#include "trainer/ngram_counter.h"
#include "trainer/ngram_model.h"
#include "trainer/piece_counter.h"
#include "trainer/piece_pruner.h"
#include "trainer/segmenter.h"

namespace bytepiece {
namespace {

using Key = std::uint64_t;

constexpr int kStages = 4;

// Chunks are segmented together until they hold this many bytes: enough for the
// look-ups of short lines to overlap, little enough for the cache.
constexpr std::size_t kSegmentedTogether = 4096;

struct CorpusSize {
  std::int64_t documents = 0;
  std::int64_t bytes = 0;  // after normalisation
};

class Training {
 public:
  Training(DocumentSource* source, const TrainerOptions& options, ProgressSink* progress)
      : source_(source),
        spec_(options.spec),
        threads_(EffectiveThreads(options.threads)),
        progress_(progress),
        splitter_(options.spec.isolate_digits) {}

  absl::StatusOr<std::vector<Model>> Run() {
    absl::StatusOr<std::vector<SortedRun<Key>>> runs = CountNgrams();
    if (!runs.ok()) return runs.status();
    if (absl::Status status = Report(2, "pruning n-grams"); !status.ok()) return status;
    absl::StatusOr<NgramModel> ngrams =
        NgramModel::Build(*runs, spec_.order, spec_.min_count, threads_);
    if (!ngrams.ok()) return ngrams.status();
    runs->clear();
    runs->shrink_to_fit();
    absl::StatusOr<std::vector<Piece>> pieces = CountPieces(*ngrams);
    if (!pieces.ok()) return pieces.status();
    ngrams = NgramModel();
    if (absl::Status status = Report(4, "pruning pieces"); !status.ok()) return status;
    return Prune(*std::move(pieces));
  }

 private:
  absl::StatusOr<std::vector<SortedRun<Key>>> CountNgrams() {
    std::vector<NgramCounter<Key>> counters(threads_, NgramCounter<Key>(spec_.order));
    std::vector<std::int64_t> bytes(threads_, 0);
    absl::Status status = ForEachSlice(
        source_, PassOptions(1, "counting n-grams"), progress_,
        [&](int worker, std::string_view text) {
          bytes[worker] += static_cast<std::int64_t>(text.size());
          while (!text.empty()) {
            const std::size_t length = splitter_.NextChunk(text);
            counters[worker].Add(text.substr(0, length));
            text.remove_prefix(length);
          }
        },
        &corpus_.documents);
    if (!status.ok()) return status;
    for (const std::int64_t n : bytes) corpus_.bytes += n;
    if (corpus_.bytes == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("the corpus is empty: ", corpus_.documents,
                       corpus_.documents == 1 ? " document" : " documents", " without text"));
    }
    std::vector<SortedRun<Key>> runs;
    for (NgramCounter<Key>& counter : counters) {
      for (SortedRun<Key>& run : counter.TakeRuns()) runs.push_back(std::move(run));
    }
    return runs;
  }

  absl::StatusOr<std::vector<Piece>> CountPieces(const NgramModel& ngrams) {
    std::vector<Segmenter> segmenters(threads_,
                                      Segmenter(&ngrams, spec_.ensure_unicode, spec_.method));
    std::vector<PieceCounter> counters(threads_);
    absl::Status status =
        ForEachSlice(source_, PassOptions(3, "segmenting and counting pieces"), progress_,
                     [&](int worker, std::string_view text) {
                       CountPiecesOf(text, &segmenters[worker], &counters[worker]);
                     });
    if (!status.ok()) return status;
    std::vector<std::vector<Piece>> sorted(threads_);
#pragma omp parallel for schedule(dynamic) num_threads(threads_)
    for (int i = 0; i < threads_; ++i) sorted[i] = counters[i].TakeSorted();
    return MergePieceCounts(std::move(sorted));
  }

  void CountPiecesOf(std::string_view text, Segmenter* segmenter, PieceCounter* counter) const {
    std::vector<std::size_t> chunk_ends;
    std::vector<std::size_t> piece_ends;
    while (!text.empty()) {
      chunk_ends.clear();
      std::size_t end = 0;
      while (end < text.size() && end < kSegmentedTogether) {
        end += splitter_.NextChunk(text.substr(end));
        chunk_ends.push_back(end);
      }
      segmenter->Segment(text.substr(0, end), chunk_ends, &piece_ends);
      std::size_t begin = 0;
      for (const std::size_t piece_end : piece_ends) {
        counter->Add(text.substr(begin, piece_end - begin));
        begin = piece_end;
      }
      text.remove_prefix(end);
    }
  }

  absl::StatusOr<std::vector<Model>> Prune(std::vector<Piece> counted) {
    absl::StatusOr<PiecePruner> pruner =
        PiecePruner::Create(std::move(counted), spec_.max_piece_length, spec_.min_count, threads_);
    if (!pruner.ok()) return pruner.status();
    std::vector<std::int64_t> descending = spec_.vocab_sizes;
    std::sort(descending.rbegin(), descending.rend());
    std::map<std::int64_t, Model> by_size;
    for (const std::int64_t size : descending) {
      if (by_size.contains(size)) continue;
      const auto special = static_cast<std::int64_t>(spec_.special_tokens.size());
      pruner->ShrinkTo(size - kNumControlTokens - special);
      by_size[size] = MakeModel(pruner->Pieces(), size);
      if (absl::Status status = Report(4, "pruning pieces"); !status.ok()) return status;
    }
    std::vector<Model> models;
    for (const std::int64_t size : spec_.vocab_sizes) models.push_back(by_size.at(size));
    return models;
  }

  Model MakeModel(std::vector<Piece> pieces, std::int64_t requested_size) const {
    Model model;
    model.normalization = spec_.normalization;
    model.pieces_are_unicode = std::all_of(pieces.begin(), pieces.end(), [](const Piece& piece) {
      return piece.bytes.size() == 1 || IsValidUtf8(piece.bytes);
    });
    model.pieces = std::move(pieces);
    for (const std::string& token : spec_.special_tokens) {
      model.special_tokens.push_back({token, false});
    }
    for (int i = 0; VocabSize(model) % spec_.pad_vocab_to != 0; ++i) {
      model.special_tokens.push_back({absl::StrCat("<reserved_", i, ">"), true});
    }
    model.provenance = Provenance{spec_, requested_size, corpus_.documents, corpus_.bytes};
    return model;
  }

  CorpusPassOptions PassOptions(int stage, std::string_view name) const {
    return {spec_.normalization, threads_, {.stage = stage, .stages = kStages, .name = name}};
  }

  absl::Status Report(int stage, std::string_view name) const {
    if (progress_ == nullptr ||
        progress_->Update({.stage = stage, .stages = kStages, .name = name})) {
      return absl::OkStatus();
    }
    return absl::CancelledError("stopped on request");
  }

  DocumentSource* source_;
  const TrainerSpec& spec_;
  int threads_;
  ProgressSink* progress_;
  TrainingSplitter splitter_;
  CorpusSize corpus_;
};

}  // namespace

absl::StatusOr<std::vector<Model>> Train(DocumentSource* source, const TrainerOptions& options,
                                         ProgressSink* progress) {
  if (absl::Status status = ValidateTrainerSpec(options.spec); !status.ok()) return status;
  if (absl::Status status = CheckNormalizer(); !status.ok()) return status;
  return Training(source, options, progress).Run();
}

}  // namespace bytepiece
