// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/vocabulary.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "bytepiece/radix_sort.h"

namespace bytepiece {

double UnigramScore(std::int64_t count, std::int64_t total) {
  return std::log(static_cast<double>(count)) - std::log(static_cast<double>(total));
}

namespace {

// The first eight bytes as a number that compares as they do; zeros if there are
// fewer.
std::uint64_t Prefix(std::string_view bytes) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < sizeof(prefix); ++i) {
    prefix = prefix << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0);
  }
  return prefix;
}

// Indices of the pieces in ascending order of their bytes. Most are told apart by
// their prefixes.
std::vector<std::int32_t> SortByBytes(const std::vector<Piece>& pieces) {
  std::vector<KeyedIndex> keys;
  keys.reserve(pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    keys.push_back({Prefix(pieces[i].bytes), static_cast<std::int32_t>(i)});
  }
  SortByKey(&keys);
  for (auto begin = keys.begin(); begin != keys.end();) {
    const auto end = std::find_if(begin, keys.end(),
                                  [begin](const KeyedIndex& k) { return k.key != begin->key; });
    std::sort(begin, end, [&](const KeyedIndex& a, const KeyedIndex& b) {
      return pieces[a.index].bytes < pieces[b.index].bytes;
    });
    begin = end;
  }
  std::vector<std::int32_t> indices;
  indices.reserve(keys.size());
  for (const KeyedIndex& key : keys) indices.push_back(key.index);
  return indices;
}

absl::StatusOr<Automaton> MakeAutomaton(const std::vector<Piece>& pieces) {
  const std::vector<std::int32_t> by_bytes = SortByBytes(pieces);
  std::vector<std::string_view> keys;
  keys.reserve(by_bytes.size());
  for (const std::int32_t index : by_bytes) keys.push_back(pieces[index].bytes);
  return Automaton::Build(keys, by_bytes);
}

// The same on a thread of its own where OpenMP may use several, else when asked for.
std::future<absl::StatusOr<Automaton>> StartAutomaton(const std::vector<Piece>& pieces) {
  const auto make = [&pieces] { return MakeAutomaton(pieces); };
  if (omp_get_max_threads() > 1) {
    try {
      return std::async(std::launch::async, make);
    } catch (const std::system_error&) {  // no more threads
    }
  }
  return std::async(std::launch::deferred, make);
}

}  // namespace

absl::StatusOr<Vocabulary> Vocabulary::Create(const Model& model) {
  if (absl::Status status = ValidateModel(model); !status.ok()) return status;
  return CreateFromValid(model);
}

absl::StatusOr<Vocabulary> Vocabulary::CreateFromValid(const Model& model) {
  Vocabulary vocabulary;
  vocabulary.size_ = static_cast<std::size_t>(VocabSize(model));
  std::int64_t total = 0;
  for (const Piece& piece : model.pieces) total += piece.count;
  LargeVector<char> bytes;
  LargeVector<std::uint32_t> offsets;
  LargeVector<std::int64_t> counts;
  LargeVector<double> scores;
  offsets.reserve(model.pieces.size() + 1);
  counts.reserve(model.pieces.size());
  scores.reserve(model.pieces.size());
  offsets.push_back(0);
  for (const Piece& piece : model.pieces) {
    bytes.insert(bytes.end(), piece.bytes.begin(), piece.bytes.end());
    offsets.push_back(static_cast<std::uint32_t>(bytes.size()));
    counts.push_back(piece.count);
    scores.push_back(UnigramScore(piece.count, total));
    vocabulary.max_piece_length_ = std::max(vocabulary.max_piece_length_, piece.bytes.size());
  }
  bytes.resize(bytes.size() + kCopySlack, '\0');
  vocabulary.bytes_ = FrozenArray(std::move(bytes));
  vocabulary.offsets_ = FrozenArray(std::move(offsets));
  vocabulary.counts_ = FrozenArray(std::move(counts));
  vocabulary.scores_ = FrozenArray(std::move(scores));

  std::future<absl::StatusOr<Automaton>> automaton = StartAutomaton(model.pieces);
  std::vector<std::string_view> by_value(model.pieces.size());
  for (std::size_t i = 0; i < by_value.size(); ++i) by_value[i] = model.pieces[i].bytes;
  vocabulary.scanner_ = PieceScanner::Build(by_value, vocabulary.scores_.span());
  absl::StatusOr<Automaton> made = automaton.get();
  if (!made.ok()) return made.status();
  vocabulary.automaton_ = *std::move(made);
  return vocabulary;
}

bool Vocabulary::TablesFit() const {
  const std::size_t pieces = scores_.size();
  if (offsets_.size() != pieces + 1 || counts_.size() != pieces || pieces == 0 ||
      pieces > std::numeric_limits<TokenId>::max() || size_ < pieces + kNumControlTokens ||
      offsets_[0] != 0 || bytes_.size() != offsets_[pieces] + kCopySlack) {
    return false;
  }
  bool fit = true;
  for (std::size_t i = 0; i < pieces; ++i) {
    fit &= offsets_[i] < offsets_[i + 1] && offsets_[i + 1] - offsets_[i] <= max_piece_length_;
  }
  return fit && automaton_.TablesFit(pieces) && scanner_.TablesFit(pieces);
}

TokenId Vocabulary::FindPiece(std::string_view bytes) const {
  const std::int32_t value = automaton_.Find(bytes);
  return value == Automaton::kNoValue ? -1 : kFirstPieceId + value;
}

}  // namespace bytepiece
