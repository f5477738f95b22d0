// SPDX-License-Identifier: Apache-2.0
#include "trainer/piece_pruner.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include "bytepiece/viterbi.h"
#include "bytepiece/vocabulary.h"
#include "trainer/piece_counter.h"

namespace bytepiece {
namespace {

std::vector<Piece> AllBytes() {
  std::vector<Piece> bytes;
  for (int b = 0; b < 256; ++b) bytes.push_back({std::string(1, static_cast<char>(b)), 0});
  return bytes;
}

}  // namespace

absl::StatusOr<PiecePruner> PiecePruner::Create(std::vector<Piece> counted, int max_piece_length,
                                                std::int64_t min_count, int threads) {
  std::vector<Piece> kept = AllBytes();
  std::vector<Piece> dropped;
  std::vector<Piece> frequent;
  for (Piece& piece : counted) {
    const bool is_kept = piece.bytes.size() == 1 ||
                         (piece.bytes.size() <= static_cast<std::size_t>(max_piece_length) &&
                          piece.count >= min_count);
    (is_kept ? frequent : dropped).push_back(std::move(piece));
  }
  kept = MergePieceCounts({std::move(kept), std::move(frequent)});
  for (Piece& piece : kept) piece.count = std::max<std::int64_t>(piece.count, 1);

  PiecePruner pruner(std::move(kept), threads);
  if (absl::Status status = pruner.BuildAutomaton(); !status.ok()) return status;
  pruner.UpdateScores();
  std::vector<Load> loads;
  for (const Piece& piece : dropped) loads.push_back({piece.bytes, piece.count});
  std::vector<std::int64_t> received(pruner.pieces_.size(), 0);
  pruner.Distribute(loads, &received);
  for (std::size_t i = 0; i < received.size(); ++i) pruner.pieces_[i].count += received[i];
  pruner.RemoveUnused();
  return pruner;
}

PiecePruner::PiecePruner(std::vector<Piece> pieces, int threads)
    : pieces_(std::move(pieces)), threads_(threads) {
  for (const Piece& piece : pieces_) max_length_ = std::max(max_length_, piece.bytes.size());
}

absl::Status PiecePruner::BuildAutomaton() {
  std::vector<std::string_view> keys;
  keys.reserve(pieces_.size());
  for (const Piece& piece : pieces_) keys.push_back(piece.bytes);
  absl::StatusOr<Automaton> automaton = Automaton::Build(keys);
  if (!automaton.ok()) return automaton.status();
  automaton_ = *std::move(automaton);
  return absl::OkStatus();
}

void PiecePruner::UpdateScores() {
  std::int64_t total = 0;
  num_alive_ = 0;
  for (const Piece& piece : pieces_) {
    total += piece.count;
    num_alive_ += piece.count > 0 ? 1 : 0;
  }
  scores_.resize(pieces_.size());
  const auto size = static_cast<std::int64_t>(pieces_.size());
#pragma omp parallel for schedule(static) num_threads(threads_)
  for (std::int64_t i = 0; i < size; ++i) {
    scores_[i] = pieces_[i].count > 0 ? UnigramScore(pieces_[i].count, total)
                                      : -std::numeric_limits<double>::infinity();
  }
}

void PiecePruner::Distribute(const std::vector<Load>& loads,
                             std::vector<std::int64_t>* counts) const {
  const UnigramView model = {&automaton_, scores_, max_length_};
  const auto size = static_cast<std::int64_t>(loads.size());
#pragma omp parallel num_threads(threads_)
  {
    ViterbiScratch scratch;
    std::vector<std::int32_t> parts;
#pragma omp for schedule(dynamic, 256)
    for (std::int64_t i = 0; i < size; ++i) {
      Segment(model, loads[i].bytes, &scratch, &parts);
      for (const std::int32_t part : parts) {
        // Integers: the sum does not depend on the order.
        std::atomic_ref((*counts)[part]).fetch_add(loads[i].count, std::memory_order_relaxed);
      }
    }
  }
}

void PiecePruner::RemoveUnused() {
  for (;;) {
    UpdateScores();
    const std::int64_t before = num_alive_;
    std::vector<Load> loads;
    loads.reserve(before);
    for (const Piece& piece : pieces_) {
      if (piece.count > 0) loads.push_back({piece.bytes, piece.count});
    }
    std::vector<std::int64_t> received(pieces_.size(), 0);
    Distribute(loads, &received);
    num_alive_ = 0;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      pieces_[i].count = received[i];
      num_alive_ += received[i] > 0 ? 1 : 0;
    }
    if (num_alive_ == before) return;
  }
}

void PiecePruner::ShrinkTo(std::int64_t max_pieces) {
  if (num_alive_ <= max_pieces) return;
  std::vector<std::size_t> ranked;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].count > 0) ranked.push_back(i);
  }
  std::sort(ranked.begin(), ranked.end(), [this](std::size_t a, std::size_t b) {
    const Piece& x = pieces_[a];
    const Piece& y = pieces_[b];
    const bool x_is_long = x.bytes.size() > 1;
    const bool y_is_long = y.bytes.size() > 1;
    if (x_is_long != y_is_long) return y_is_long;
    if (x.count != y.count) return x.count > y.count;
    if (x.bytes.size() != y.bytes.size()) return x.bytes.size() > y.bytes.size();
    return a < b;  // pieces_ ascends by bytes
  });
  std::vector<Load> loads;
  for (std::size_t rank = max_pieces; rank < ranked.size(); ++rank) {
    Piece& piece = pieces_[ranked[rank]];
    loads.push_back({piece.bytes, std::exchange(piece.count, 0)});
  }
  // The model of the kept, fixed before any count is moved.
  UpdateScores();
  std::vector<std::int64_t> received(pieces_.size(), 0);
  Distribute(loads, &received);
  for (std::size_t i = 0; i < pieces_.size(); ++i) pieces_[i].count += received[i];
  RemoveUnused();
}

std::vector<Piece> PiecePruner::Pieces() const {
  std::vector<Piece> alive;
  for (const Piece& piece : pieces_) {
    if (piece.count > 0) alive.push_back(piece);
  }
  std::stable_sort(alive.begin(), alive.end(),
                   [](const Piece& a, const Piece& b) { return a.bytes.size() < b.bytes.size(); });
  return alive;
}

}  // namespace bytepiece
