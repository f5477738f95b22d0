// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/vocabulary_grower.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "bytepiece/base/checked_math.h"
#include "trainer/grow/frequent_pairs.h"
#include "trainer/grow/pair_counter.h"
#include "trainer/grow/piece_borders.h"
#include "trainer/grow/piece_scores.h"
#include "trainer/grow/replacement_lengths.h"

namespace bytepiece {
namespace {

// Each of these was chosen by measuring, and moves little: docs/compression.md.
constexpr int kRounds = 3;
// Between rounds, in multiples of the size wanted: what stays, and what pairs add.
constexpr std::int64_t kStay = 2;
constexpr std::int64_t kAdd = 2;
// Between rounds haste does no harm; at the end it does.
constexpr double kKeepBetweenRounds = 0.4;
constexpr double kKeepAtTheEnd = 0.8;
// Characters that coverage asks for get at most this part of the pieces.
constexpr std::int64_t kCharacterPart = 3;
// A character counts at least so many times its occurrences, the ones inside longer
// pieces included: without a piece it takes two to four tokens, wherever it is met.
constexpr double kCharacterBonus = 3;

constexpr std::int64_t kNumBytes = 256;

// What a sample's count stands for; counts are as large as they may be at 2^61 (kMaxWeightedBytes).
std::int64_t Times(std::int64_t count, std::int64_t one_in) {
  std::int64_t product = 0;
  return AddProduct(count, one_in, &product) ? std::min(product, kMaxWeightedBytes)
                                             : kMaxWeightedBytes;
}

void SortByBytes(std::vector<Piece>* pieces) {
  std::sort(pieces->begin(), pieces->end(),
            [](const Piece& a, const Piece& b) { return a.bytes < b.bytes; });
}

bool IsUsedLess(const Piece& a, const Piece& b) {
  return a.count != b.count ? a.count < b.count : a.bytes > b.bytes;
}

// How often Shrink reads the corpus, if no piece goes by itself.
int ReadingsToShrink(std::int64_t size, std::int64_t max_pieces, double keep_share,
                     bool takes_pairs, bool is_read) {
  for (int readings = 0;; is_read = false) {
    const bool last = size <= max_pieces;
    if (!is_read || (last && takes_pairs)) ++readings;
    if (last) return readings;
    size = std::max(max_pieces, static_cast<std::int64_t>(static_cast<double>(size) * keep_share));
  }
}

}  // namespace

VocabularyGrower::VocabularyGrower(DocumentSource* source, const GrowerOptions& options,
                                   CharacterCounts characters, std::vector<Piece> candidates)
    : source_(source),
      options_(options),
      one_in_(OneIn(options.corpus_bytes, options.counting.spec->grow_sample)),
      characters_(std::move(characters)),
      pieces_(std::move(candidates)),
      sink_(options.counting.sink, options.readings_done) {
  options_.counting.checkpoint_due = nullptr;
  options_.counting.checkpoint = nullptr;
  std::erase_if(pieces_, [&](const Piece& piece) {
    return !MayBePiece(piece.bytes, *options_.counting.spec);
  });
  std::set<std::string> present;
  for (const Piece& piece : pieces_) present.insert(piece.bytes);
  for (const Piece& character : characters_.characters()) {
    if (!present.contains(character.bytes)) pieces_.push_back(character);
  }
  SortByBytes(&pieces_);
}

absl::Status VocabularyGrower::Grow(std::int64_t max_pieces) {
  for (int round = 0; round < kRounds; ++round) {
    later_readings_ = (kRounds - 1 - round) * (kReadingsToGrow / kRounds);
    absl::Status status = Shrink(kStay * max_pieces, kKeepBetweenRounds, kAdd * max_pieces);
    if (!status.ok()) return status;
    if (pairs_.empty()) continue;
    for (Piece& pair : pairs_) pieces_.push_back(std::move(pair));
    pairs_.clear();
    SortByBytes(&pieces_);
    is_read_ = false;
  }
  dropped_.clear();  // so much memory is not planned for
  return absl::OkStatus();
}

absl::Status VocabularyGrower::ShrinkTo(std::int64_t max_pieces) {
  later_readings_ = 0;
  std::int64_t from = max_pieces;
  for (const std::int64_t size : sizes_) {
    if (size >= from) continue;
    later_readings_ += ReadingsToShrink(from, size, kKeepAtTheEnd, false, true);
    from = size;
  }
  if (one_in_ > 1) later_readings_ += static_cast<int>(sizes_.size());  // about
  return Shrink(max_pieces, kKeepAtTheEnd, 0);
}

absl::StatusOr<std::vector<Piece>> VocabularyGrower::FilledTo(std::int64_t max_pieces) {
  const std::int64_t missing = max_pieces - static_cast<std::int64_t>(pieces_.size());
  std::vector<Piece> pieces = Pieces();
  std::vector<Piece> dropped = std::exchange(dropped_, {});
  if (missing > 0 || one_in_ > 1) {
    VocabularyGrower filled = *this;
    filled.dropped_ = std::move(dropped);
    filled.SettlePieces();
    absl::Status status;
    if (missing > 0 && larger_.empty()) status = filled.FillUp(max_pieces);
    if (missing > 0 && !larger_.empty()) status = filled.FillFromLarger(missing);
    if (status.ok() && one_in_ > 1) status = filled.FinishOnAll(max_pieces);
    if (!status.ok()) return status;
    pieces = filled.Pieces();
    sink_ = filled.sink_;
  }
  larger_ = pieces;
  return pieces;
}

void VocabularyGrower::SettlePieces() {
  for (const Piece& piece : pieces_) settled_.insert(piece.bytes);
}

absl::Status VocabularyGrower::FinishOnAll(std::int64_t max_pieces) {
  one_in_ = 1;
  SettlePieces();
  absl::Status status = Read(0);
  const bool is_full = static_cast<std::int64_t>(pieces_.size()) == max_pieces;
  if (status.ok() && !is_full) status = FillUp(max_pieces);
  for (std::size_t i = 0; status.ok() && i < pieces_.size(); ++i) {
    const bool is_character = characters_.RankOf(pieces_[i].bytes) >= 0;
    if (spreads_[i] == 0 && !is_character) pieces_[i].count = options_.counting.unit;
  }
  return status;
}

absl::Status VocabularyGrower::FillFromLarger(std::int64_t number) {
  std::erase_if(larger_, [this](const Piece& piece) { return settled_.contains(piece.bytes); });
  std::sort(larger_.begin(), larger_.end(), IsUsedLess);
  for (; number > 0 && !larger_.empty(); --number, larger_.pop_back()) {
    pieces_.push_back(std::move(larger_.back()));
  }
  SortByBytes(&pieces_);
  SettlePieces();
  return Read(0);
}

absl::Status VocabularyGrower::FillUp(std::int64_t max_pieces) {
  tried_ = settled_;
  const auto missing = [&] { return max_pieces - static_cast<std::int64_t>(pieces_.size()); };
  // Not every piece is used when it is back; twice as many each time keeps readings few.
  const std::int64_t most = kAdd * max_pieces;
  for (std::int64_t times = 1; missing() > 0; times = std::min(2 * times, most)) {
    const std::size_t before = pieces_.size();
    absl::Status added = AddDropped(std::min(times * missing(), most));
    if (!added.ok()) return added;
    if (pieces_.size() == before) return absl::OkStatus();  // there is no more
    if (absl::Status status = Read(0); !status.ok()) return status;
  }
  if (missing() == 0) return absl::OkStatus();
  RemoveLeastUsed(-missing());
  SettlePieces();
  return Read(0);
}

absl::Status VocabularyGrower::AddDropped(std::int64_t number) {
  const auto was_tried = [this](const Piece& piece) { return tried_.contains(piece.bytes); };
  std::erase_if(dropped_, was_tried);
  if (dropped_.empty()) {
    if (absl::Status status = Read(number); !status.ok()) return status;
    dropped_ = std::exchange(pairs_, {});
    std::erase_if(dropped_, was_tried);
    std::sort(dropped_.begin(), dropped_.end(), IsUsedLess);
  }
  for (; number > 0 && !dropped_.empty(); --number) {
    tried_.insert(dropped_.back().bytes);
    pieces_.push_back(std::move(dropped_.back()));
    dropped_.pop_back();
  }
  SortByBytes(&pieces_);
  is_read_ = false;
  return absl::OkStatus();
}

void VocabularyGrower::RemoveLeastUsed(std::int64_t number) {
  std::vector<const Piece*> added;
  for (const Piece& piece : pieces_) {
    if (!settled_.contains(piece.bytes)) added.push_back(&piece);
  }
  std::nth_element(added.begin(), added.begin() + number, added.end(),
                   [](const Piece* a, const Piece* b) { return IsUsedLess(*a, *b); });
  Names removed;
  for (std::int64_t i = 0; i < number; ++i) removed.insert(added[i]->bytes);
  std::erase_if(pieces_, [&](const Piece& piece) { return removed.contains(piece.bytes); });
}

absl::Status VocabularyGrower::Shrink(std::int64_t max_pieces, double keep_share,
                                      std::int64_t most_pairs) {
  const auto now = static_cast<std::int64_t>(pieces_.size());
  sink_.Plan(later_readings_ +
             ReadingsToShrink(now, max_pieces, keep_share, most_pairs > 0, is_read_));
  for (;;) {
    const auto size = static_cast<std::int64_t>(pieces_.size());
    const bool last = size <= max_pieces;
    if (!is_read_ || (last && most_pairs > 0)) {
      if (absl::Status status = Read(last ? most_pairs : 0); !status.ok()) return status;
    }
    if (last) return absl::OkStatus();
    const auto left = static_cast<double>(pieces_.size());
    const auto number = std::max(max_pieces, static_cast<std::int64_t>(left * keep_share));
    if (absl::Status status = Keep(number, max_pieces); !status.ok()) return status;
  }
}

absl::Status VocabularyGrower::Read(std::int64_t most_pairs) {
  const TrainerSpec& spec = *options_.counting.spec;
  CountingOptions counting = options_.counting;
  const std::int64_t min_count = spec.min_count * counting.unit;
  counting.sink = &sink_;
  counting.one_in = one_in_;
  RunSet pairs(PairCounter::Header(spec, counting.unit), options_.store);
  absl::StatusOr<PieceUsage> usage = CountPieceUsage(
      source_, counting, pieces_,
      {.max_length = static_cast<std::size_t>(spec.max_piece_length), .min_count = min_count},
      most_pairs > 0 ? &pairs : nullptr);
  sink_.EndPass();
  if (!usage.ok()) return usage.status();
  if (most_pairs > 0) {
    if (absl::Status status = TakePairs(pairs, most_pairs); !status.ok()) return status;
  }
  TakeUsage(*usage, min_count);
  return absl::OkStatus();
}

// Pieces not used go, except those that must be there and that other text needs: a byte that
// counts one whole, a character that counts little.
void VocabularyGrower::TakeUsage(const PieceUsage& usage, std::int64_t min_count) {
  spreads_.clear();
  std::vector<Piece> used;
  std::vector<Piece> unused;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    Piece& piece = pieces_[i];
    const std::int64_t rank = characters_.RankOf(piece.bytes);
    if (usage.counts[i] > 0) {
      piece.count = usage.counts[i];
    } else if (piece.bytes.size() == 1) {
      piece.count = options_.counting.unit;
    } else if (rank >= 0) {
      piece.count = std::min(min_count, characters_.characters()[rank].count);
    } else if (!settled_.contains(piece.bytes)) {
      unused.push_back(std::move(piece));
      continue;
    }
    spreads_.push_back(usage.spreads[i]);
    used.push_back(std::move(piece));
  }
  pieces_ = std::move(used);
  dropped_.insert(dropped_.begin(), std::make_move_iterator(unused.begin()),
                  std::make_move_iterator(unused.end()));
  is_read_ = true;
}

std::vector<VocabularyGrower::Use> VocabularyGrower::Uses(std::int64_t max_pieces) const {
  const std::int64_t num_forced =
      std::min(characters_.NumCovering(options_.counting.spec->character_coverage),
               (max_pieces - kNumBytes) / kCharacterPart);
  std::vector<Use> uses;
  uses.reserve(pieces_.size());
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const std::int64_t rank = characters_.RankOf(pieces_[i].bytes);
    double use = static_cast<double>(spreads_[i]) / static_cast<double>(kSpreadUnit);
    if (rank >= 0) {
      const auto occurrences = static_cast<double>(characters_.characters()[rank].count);
      use = std::max(use, kCharacterBonus * occurrences);
    }
    uses.push_back({pieces_[i].bytes.size() == 1 || (rank >= 0 && rank < num_forced), use});
  }
  return uses;
}

std::vector<std::size_t> VocabularyGrower::BestFirst(
    std::size_t number, const std::vector<Use>& uses,
    const std::vector<std::int32_t>& replacements) const {
  struct Rank {
    bool forced;
    double worth;
    std::size_t index;
  };
  std::vector<Rank> ranks;
  ranks.reserve(uses.size());
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const double saved_tokens = replacements[i] - 1;
    const auto length = static_cast<double>(pieces_[i].bytes.size());
    ranks.push_back({uses[i].forced, uses[i].use * std::sqrt(saved_tokens / length), i});
  }
  const auto worse = [](const Rank& a, const Rank& b) {
    if (a.forced != b.forced) return b.forced;
    return a.worth != b.worth ? a.worth < b.worth : a.index > b.index;
  };
  const auto others = ranks.begin() + static_cast<std::ptrdiff_t>(number);
  std::nth_element(ranks.begin(), others, ranks.end(),
                   [&worse](const Rank& a, const Rank& b) { return worse(b, a); });
  std::sort(ranks.begin(), others, [](const Rank& a, const Rank& b) { return a.index < b.index; });
  std::sort(others, ranks.end(), worse);
  std::vector<std::size_t> indices;
  indices.reserve(ranks.size());
  for (const Rank& rank : ranks) indices.push_back(rank.index);
  return indices;
}

absl::Status VocabularyGrower::Keep(std::int64_t number, std::int64_t max_pieces) {
  if (static_cast<std::int64_t>(pieces_.size()) <= number) return absl::OkStatus();
  const absl::StatusOr<ReplacementLengths> replacements = ReplacementLengths::Create(pieces_);
  if (!replacements.ok()) return replacements.status();
  const int threads = options_.counting.threads;
  const std::vector<Use> uses = Uses(max_pieces);
  const auto size = static_cast<std::size_t>(number);
  const std::vector<double> scores = PieceScores(pieces_);
  std::vector<std::size_t> order = BestFirst(size, uses, replacements->Count(scores, threads));
  // Once more, with nothing in a piece's place that itself goes.
  std::vector<double> kept_scores(scores.size(), -std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < size; ++i) kept_scores[order[i]] = scores[order[i]];
  order = BestFirst(size, uses, replacements->Count(kept_scores, threads));
  std::vector<Piece> kept;
  kept.reserve(size);
  for (std::size_t i = 0; i < size; ++i) kept.push_back(std::move(pieces_[order[i]]));
  for (std::size_t i = size; i < order.size(); ++i) {
    dropped_.push_back(std::move(pieces_[order[i]]));
  }
  pieces_ = std::move(kept);
  is_read_ = false;
  return absl::OkStatus();
}

absl::Status VocabularyGrower::TakePairs(const RunSet& pairs, std::int64_t most) {
  const TrainerSpec& spec = *options_.counting.spec;
  const std::int64_t min_count = spec.min_count * options_.counting.unit;
  const bool all_allowed = MayCrossAll(spec);
  const auto bytes_of = [this](std::uint64_t key) {
    return pieces_[PairCounter::Left(key)].bytes + pieces_[PairCounter::Right(key)].bytes;
  };
  const auto may_take = [&](std::uint64_t key, std::int64_t count) {
    return Times(count, one_in_) >= min_count && (all_allowed || MayBePiece(bytes_of(key), spec));
  };
  const absl::StatusOr<std::vector<CountedPair>> best =
      MostFrequentPairs(pairs, static_cast<std::size_t>(most), may_take);
  if (!best.ok()) return best.status();
  // "a" + "bc" and "ab" + "c" are one candidate; some are pieces already.
  std::unordered_map<std::string, std::int64_t> candidates;
  for (const CountedPair& pair : *best) candidates[bytes_of(pair.key)] += pair.count;
  for (const Piece& piece : pieces_) candidates.erase(piece.bytes);
  pairs_.clear();
  for (const auto& [bytes, count] : candidates) {
    pairs_.push_back({bytes, Times(count, one_in_)});
  }
  return absl::OkStatus();
}

void VocabularyGrower::SetProgress(const Progress& progress,
                                   const std::vector<std::int64_t>& sizes) {
  sizes_ = sizes;
  options_.counting.progress = progress;
  sink_ = PassSink(options_.counting.sink);
}

std::vector<Piece> VocabularyGrower::Pieces() const {
  std::vector<Piece> pieces = pieces_;
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.bytes.size() < b.bytes.size(); });
  return pieces;
}

}  // namespace bytepiece
