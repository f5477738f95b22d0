// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/segmenter.h"

#include <algorithm>
#include <utility>

#include "bytepiece/segmentation/gaps.h"
#include "bytepiece/segmentation/parallel_text.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

// With more bytes in all pieces, making the automaton could fail, and nothing is put off.
constexpr std::size_t kMostLazyBytes = std::size_t{1} << 22;

}  // namespace

absl::StatusOr<Segmenter> Segmenter::Create(PieceTable pieces, LargeVector<double> scores) {
  Segmenter segmenter;
  segmenter.pieces_ = std::move(pieces);
  segmenter.scores_ = FrozenArray(std::move(scores));
  std::vector<std::string_view> by_value(segmenter.pieces_.size());
  for (std::size_t i = 0; i < by_value.size(); ++i) {
    by_value[i] = segmenter.pieces_[i];
    segmenter.max_length_ = std::max(segmenter.max_length_, by_value[i].size());
  }
  segmenter.scanner_ = PieceScanner::Build(by_value, segmenter.scores());
  segmenter.rows_ = WholeRows(segmenter.scanner_, segmenter.scores());
  if (absl::Status status = segmenter.ChooseKernels(); !status.ok()) return status;
  if (segmenter.pieces_.total_bytes() > kMostLazyBytes) {
    absl::StatusOr<Automaton> made = segmenter.MakeAutomaton();
    if (!made.ok()) return made.status();
    segmenter.SetAutomaton(*std::move(made));
  }
  return segmenter;
}

absl::StatusOr<Segmenter> Segmenter::CreateWithoutScores(absl::Span<const Piece> pieces,
                                                         std::int64_t memory_bytes) {
  Segmenter segmenter;
  if (absl::Status status = segmenter.ChooseKernels(); !status.ok()) return status;
  std::vector<std::string_view> keys;
  keys.reserve(pieces.size());
  std::int64_t scanner_memory = 0;
  for (const Piece& piece : pieces) {
    keys.push_back(piece.bytes);
    segmenter.max_length_ = std::max(segmenter.max_length_, piece.bytes.size());
    scanner_memory += ScannerMemoryOf(piece.bytes.size());
  }
  if (scanner_memory <= memory_bytes) {
    // Any scores: SetScores replaces them.
    segmenter.scanner_ = PieceScanner::Build(keys, std::vector<double>(keys.size(), -1.0));
  }
  if (!segmenter.scanner_.empty()) return segmenter;
  absl::StatusOr<Automaton> automaton = Automaton::Build(keys);
  if (!automaton.ok()) return automaton.status();
  segmenter.SetAutomaton(*std::move(automaton));
  return segmenter;
}

void Segmenter::SetScores(absl::Span<const double> scores) {
  if (!scanner_.empty()) return scanner_.SetScores(scores);
  scores_ = FrozenArray(LargeVector<double>(scores.begin(), scores.end()));
}

void Segmenter::AppendText(std::string_view text, TokenId id_offset, int threads,
                           SegmenterScratch* scratch, std::vector<TokenId>* ids) const {
  if (threads <= 1 || text.size() < kLongText) {
    return AppendChunks(text, id_offset, scratch, ids);
  }
  if (scanner_.empty()) static_cast<void>(automaton());  // made once, before the threads
  CutChunk cut;
  if (!rows_.empty()) {
    cut = [&](std::string_view chunk, std::size_t begin) {
      return FirstGap(scanner_, rows_, chunk, begin, chunk.size(), &scratch->whole.entries);
    };
  }
  const std::vector<TextRun> runs = CutIntoRuns(text, cut);
  const int busy = static_cast<int>(std::min<std::size_t>(threads, runs.size()));
  std::vector<SegmenterScratch> scratches(static_cast<std::size_t>(busy));
  const auto append = [&](const TextRun& run, int thread, std::vector<TokenId>* run_ids) {
    SegmenterScratch* const own = &scratches[static_cast<std::size_t>(thread)];
    if (run.is_part) {
      AppendSegmentation(whole(), run.text, id_offset, &own->whole, run_ids);
    } else {
      AppendChunks(run.text, id_offset, own, run_ids);
    }
  };
  AppendRunsOnThreads(runs, busy, append, ids);
}

void Segmenter::AppendChunks(std::string_view text, TokenId id_offset, SegmenterScratch* scratch,
                             std::vector<TokenId>* ids) const {
  if (!rows_.empty()) {
    return AppendSegmentations(whole(), text, id_offset, &scratch->whole, ids);
  }
  if (!scanner_.empty()) {
    return AppendSegmentations(scanner_, text, id_offset, &scratch->fast, ids, log_kernel());
  }
  const UnigramView model = unigram();
  while (!text.empty()) {
    const std::string_view chunk = text.substr(0, NextChunk(text));
    AppendSegmentation(model, chunk, id_offset, &scratch->plain, ids);
    text.remove_prefix(chunk.size());
  }
}

void Segmenter::AppendEach(std::string_view text, absl::Span<const std::size_t> ends,
                           TokenId id_offset, SegmenterScratch* scratch, std::vector<TokenId>* ids,
                           std::vector<std::size_t>* id_ends) const {
  if (!rows_.empty()) {
    AppendSegmentationsOfEach(whole(), text, ends, id_offset, &scratch->whole, ids, id_ends);
    return;
  }
  if (!scanner_.empty()) {
    AppendSegmentationsOfEach(scanner_, text, ends, id_offset, &scratch->fast, ids, id_ends,
                              log_kernel());
    return;
  }
  const UnigramView model = unigram();
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    AppendSegmentation(model, text.substr(begin, end - begin), id_offset, &scratch->plain, ids);
    id_ends->push_back(ids->size());
    begin = end;
  }
}

const Automaton& Segmenter::automaton() const {
  std::call_once(lazy_->once, [this] {
    if (lazy_->is_made) return;
    // Cannot fail: the pieces are distinct, and too few for the limit.
    if (absl::StatusOr<Automaton> made = MakeAutomaton(); made.ok()) {
      lazy_->automaton = *std::move(made);
    }
  });
  return lazy_->automaton;
}

absl::StatusOr<Automaton> Segmenter::MakeAutomaton() const {
  const std::vector<std::int32_t> by_bytes = pieces_.SortedIndices();
  std::vector<std::string_view> keys;
  keys.reserve(by_bytes.size());
  for (const std::int32_t index : by_bytes) keys.push_back(pieces_[index]);
  return Automaton::Build(keys, by_bytes);
}

absl::Status Segmenter::ChooseKernels() {
  const absl::StatusOr<Kernel> kernel = ChooseKernel();
  if (!kernel.ok()) return kernel.status();
  kernel_ = *kernel;
  return absl::OkStatus();
}

bool Segmenter::TablesFit() const {
  return pieces_.TablesFit(max_length_) && scores_.size() == pieces_.size() &&
         automaton().TablesFit(pieces_.size()) && scanner_.TablesFit(pieces_.size()) &&
         rows_.TablesFit(scanner_.num_states(), pieces_.size(), max_length_);
}

}  // namespace bytepiece
