// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/vocabulary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "bytepiece/base/keyed_sort.h"

namespace bytepiece {

double UnigramScore(std::int64_t count, std::int64_t total) {
  return std::log(static_cast<double>(count)) - std::log(static_cast<double>(total));
}

namespace {

// With more bytes in all pieces, making the automaton could fail, and nothing is put off.
constexpr std::size_t kMostLazyBytes = std::size_t{1} << 22;

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
std::vector<std::int32_t> SortByBytes(absl::Span<const std::string_view> pieces) {
  std::vector<KeyedIndex> keys;
  keys.reserve(pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    keys.push_back({Prefix(pieces[i]), static_cast<std::int32_t>(i)});
  }
  SortByKey(&keys);
  for (auto begin = keys.begin(); begin != keys.end();) {
    const auto end = std::find_if(begin, keys.end(),
                                  [begin](const KeyedIndex& k) { return k.key != begin->key; });
    std::sort(begin, end, [&](const KeyedIndex& a, const KeyedIndex& b) {
      return pieces[a.index] < pieces[b.index];
    });
    begin = end;
  }
  std::vector<std::int32_t> indices;
  indices.reserve(keys.size());
  for (const KeyedIndex& key : keys) indices.push_back(key.index);
  return indices;
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

  std::vector<std::string_view> by_value(model.pieces.size());
  for (std::size_t i = 0; i < by_value.size(); ++i) by_value[i] = model.pieces[i].bytes;
  vocabulary.scanner_ = PieceScanner::Build(by_value, vocabulary.scores_.span());
  if (vocabulary.bytes_.size() > kMostLazyBytes) {
    absl::StatusOr<Automaton> made = vocabulary.MakeAutomaton();
    if (!made.ok()) return made.status();
    AutomatonOf(vocabulary) = *std::move(made);
  }
  return vocabulary;
}

absl::StatusOr<Automaton> Vocabulary::MakeAutomaton() const {
  std::vector<std::string_view> pieces;
  for (TokenId id = kFirstPieceId; id < end_of_pieces(); ++id) pieces.push_back(PieceBytes(id));
  const std::vector<std::int32_t> by_bytes = SortByBytes(pieces);
  std::vector<std::string_view> keys;
  keys.reserve(by_bytes.size());
  for (const std::int32_t index : by_bytes) keys.push_back(pieces[index]);
  return Automaton::Build(keys, by_bytes);
}

const Automaton& Vocabulary::automaton() const {
  std::call_once(lazy_->once, [this] {
    if (lazy_->is_made) return;
    // Cannot fail: the pieces are distinct, and too few for the limit.
    if (absl::StatusOr<Automaton> made = MakeAutomaton(); made.ok()) {
      lazy_->automaton = *std::move(made);
    }
  });
  return lazy_->automaton;
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
  return fit && automaton().TablesFit(pieces) && scanner_.TablesFit(pieces);
}

TokenId Vocabulary::FindPiece(std::string_view bytes) const {
  const std::int32_t value = automaton().Find(bytes);
  return value == Automaton::kNoValue ? -1 : kFirstPieceId + value;
}

}  // namespace bytepiece
