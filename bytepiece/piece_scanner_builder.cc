// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/piece_scanner_builder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "bytepiece/utf8.h"

namespace bytepiece {
namespace {

constexpr int kMaxFailures = 32;

// Most words of all match sets. The public models need 6 a piece.
constexpr std::size_t kMaxWordsPerPiece = 64;
constexpr std::size_t kMaxWords = std::size_t{1} << 17;

// Of Stride's lemma.
constexpr double kMargin = 0x1p-4;
constexpr double kMaxScore = 0x1p10;
constexpr std::uint32_t kMaxUnits = std::uint32_t{1} << 24;

}  // namespace

PieceScanner PieceScannerBuilder::Build() {
  PieceScanner scanner;
  if (!Accepts()) return scanner;
  SortReversed();
  MakeTrie();
  AddFallbacks();
  if (!PlaceNodes()) return scanner;
  FillUnits(&scanner);
  may_stride_ = HasWholeCharacters();
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (std::abs(scores_[i]) > kMaxScore) may_stride_ = false;
    if (pieces_[i].size() == 1)
      byte_scores_[static_cast<unsigned char>(pieces_[i][0])] = scores_[i];
  }
  if (!FillSets(&scanner)) return PieceScanner();
  scanner.keeps_to_chunks_ = true;
  for (const std::string_view piece : pieces_) {
    scanner.max_length_ = std::max(scanner.max_length_, piece.size());
    const std::size_t newline = piece.find('\n');
    if (newline != piece.npos && piece.find_first_not_of('\n', newline) != piece.npos) {
      scanner.keeps_to_chunks_ = false;
    }
  }
  return scanner;
}

bool PieceScannerBuilder::Accepts() const {
  std::vector<bool> seen(256);
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const std::string_view piece = pieces_[i];
    if (piece.empty() || piece.size() > PieceScanner::kMaxLength) return false;
    if (!std::isfinite(scores_[i])) return false;
    if (piece.size() == 1) seen[static_cast<unsigned char>(piece[0])] = true;
  }
  return std::find(seen.begin(), seen.end(), false) == seen.end();
}

void PieceScannerBuilder::SortReversed() {
  // Most comparisons are decided by the last eight bytes.
  std::vector<std::pair<std::uint64_t, std::int32_t>> keyed(pieces_.size());
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    std::uint64_t key = 0;
    for (std::size_t d = 0; d < 8; ++d) {
      key <<= 8;
      if (d < pieces_[i].size()) key |= ByteFromEnd(static_cast<std::int32_t>(i), d);
    }
    keyed[i] = {key, static_cast<std::int32_t>(i)};
  }
  std::sort(keyed.begin(), keyed.end(), [this](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    const std::string_view x = pieces_[a.second];
    const std::string_view y = pieces_[b.second];
    return std::lexicographical_compare(
        x.rbegin(), x.rend(), y.rbegin(), y.rend(), [](char c, char d) {
          return static_cast<unsigned char>(c) < static_cast<unsigned char>(d);
        });
  });
  sorted_.resize(pieces_.size());
  for (std::size_t i = 0; i < keyed.size(); ++i) sorted_[i] = keyed[i].second;
}

void PieceScannerBuilder::MakeTrie() {
  ranges_.push_back({0, static_cast<std::uint32_t>(sorted_.size())});
  depths_.push_back(0);
  labels_.push_back(0);
  longest_.push_back(kNone);
  for (Node node = 0; node < ranges_.size(); ++node) {
    auto [begin, end] = ranges_[node];
    const std::uint8_t depth = depths_[node];
    if (pieces_[sorted_[begin]].size() == depth) longest_[node] = sorted_[begin++];
    first_child_.push_back(static_cast<Node>(ranges_.size()));
    for (std::uint32_t i = begin; i < end;) {
      const std::uint8_t label = ByteFromEnd(sorted_[i], depth);
      const std::uint32_t child_begin = i;
      while (i < end && ByteFromEnd(sorted_[i], depth) == label) ++i;
      ranges_.push_back({child_begin, i});
      depths_.push_back(static_cast<std::uint8_t>(depth + 1));
      labels_.push_back(label);
      longest_.push_back(kNone);
    }
    num_children_.push_back(static_cast<std::uint16_t>(ranges_.size() - first_child_.back()));
  }
}

// The root if there is none: it is nobody's child.
PieceScannerBuilder::Node PieceScannerBuilder::Child(Node node, std::uint8_t label) const {
  const absl::Span<const std::uint8_t> labels = ChildLabels(node);
  if (labels.size() == 256) return first_child_[node] + label;
  const auto found = std::lower_bound(labels.begin(), labels.end(), label);
  if (found == labels.end() || *found != label) return kRoot;
  return first_child_[node] + static_cast<Node>(found - labels.begin());
}

void PieceScannerBuilder::AddFallbacks() {
  const std::size_t size = ranges_.size();
  shorter_.assign(pieces_.size(), kNone);
  fallbacks_.assign(size, kRoot);
  anchors_.assign(size, kRoot);
  for (Node node = 0; node < size; ++node) {
    // All that start with a shorter string are known: its level came before.
    const Node fallback = fallbacks_[node];
    if (node != kRoot) {
      if (longest_[node] == kNone) {
        longest_[node] = longest_[fallback];
      } else {
        shorter_[longest_[node]] = longest_[fallback];
      }
    }
    anchors_[node] = num_children_[node] > 0 ? node : anchors_[fallback];
    if (node == kRoot) continue;
    for (Node i = 0; i < num_children_[node]; ++i) {
      const Node child = first_child_[node] + i;
      Node suffix = anchors_[fallback];
      while (Child(suffix, labels_[child]) == kRoot) suffix = anchors_[fallbacks_[suffix]];
      fallbacks_[child] = Child(suffix, labels_[child]);
    }
  }
}

// Where to go if `node` has no child by a byte: the first state on the way to
// the root that has a child which `node` has not.
PieceScannerBuilder::Node PieceScannerBuilder::StrongFallback(Node node) const {
  if (node == kRoot) return kRoot;
  const absl::Span<const std::uint8_t> labels = ChildLabels(node);
  Node state = anchors_[fallbacks_[node]];
  while (state != kRoot) {
    const absl::Span<const std::uint8_t> others = ChildLabels(state);
    if (!std::includes(labels.begin(), labels.end(), others.begin(), others.end())) break;
    state = anchors_[fallbacks_[state]];
  }
  return state;
}

// The states nearest to the root first: they are met most often, and so lie
// together.
bool PieceScannerBuilder::PlaceNodes() {
  bases_.assign(ranges_.size(), 0);
  units_of_.assign(ranges_.size(), 0);
  used_.assign(kBlockSize, 1);  // block 0: the root alone
  free_.assign(kBlockSize / 64, 0);
  base_taken_.assign(kBlockSize, 0);
  node_of_.assign(kBlockSize, kRoot);
  for (Node parent = 0; parent < ranges_.size(); ++parent) {
    if (num_children_[parent] == 0) continue;
    const std::uint32_t base = FindBase(ChildLabels(parent));
    if (base == 0) return false;
    bases_[parent] = base;
    base_taken_[base] = 1;
    for (Node i = 0; i < num_children_[parent]; ++i) {
      const Node child = first_child_[parent] + i;
      const std::uint32_t unit = base ^ labels_[child];
      units_of_[child] = unit;
      used_[unit] = 1;
      free_[unit / 64] &= ~(std::uint64_t{1} << unit % 64);
      node_of_[unit] = child;
    }
  }
  return true;
}

std::uint32_t PieceScannerBuilder::FindBase(absl::Span<const std::uint8_t> labels) {
  for (std::size_t i = 0; i < open_blocks_.size(); ++i) {
    OpenBlock& block = open_blocks_[i];
    for (std::uint32_t word = 0; word < kBlockSize / 64; ++word) {
      for (std::uint64_t free = free_[block.begin / 64 + word]; free != 0; free &= free - 1) {
        const auto unit =
            block.begin + word * 64 + static_cast<std::uint32_t>(std::countr_zero(free));
        const std::uint32_t base = unit ^ labels[0];
        if (Fits(base, labels)) return base;
      }
    }
    if (++block.failures == kMaxFailures) {
      open_blocks_.erase(open_blocks_.begin() + static_cast<std::ptrdiff_t>(i--));
    }
  }
  const auto begin = static_cast<std::uint32_t>(used_.size());
  if (begin + kBlockSize > kMaxUnits) return 0;
  used_.resize(begin + kBlockSize, 0);
  free_.resize((begin + kBlockSize) / 64, ~std::uint64_t{0});
  base_taken_.resize(begin + kBlockSize, 0);
  node_of_.resize(begin + kBlockSize, kRoot);
  open_blocks_.push_back({begin, 0});
  return begin;
}

bool PieceScannerBuilder::Fits(std::uint32_t base, absl::Span<const std::uint8_t> labels) const {
  if (base_taken_[base]) return false;
  for (std::size_t i = 1; i < labels.size(); ++i) {
    if (used_[base ^ labels[i]]) return false;
  }
  return true;
}

void PieceScannerBuilder::FillUnits(PieceScanner* scanner) const {
  LargeVector<std::uint64_t> units(used_.size());
  std::size_t unused_base = 0;
  for (std::size_t i = 0; i < used_.size(); ++i) {
    if (i % kBlockSize == 0) {
      // Bases are no more than the units they lead to, so a block with a free
      // unit has a base that no state has.
      unused_base = i;
      while (unused_base < i + kBlockSize && base_taken_[unused_base]) ++unused_base;
    }
    if (!used_[i]) {
      // The label of a byte that leads here from no state.
      units[i] = std::uint64_t{i ^ unused_base} << 32;
      continue;
    }
    // A state without children has those of the one it falls back to, and goes
    // on from there.
    const Node node = node_of_[i];
    const Node anchor = anchors_[node];
    units[i] = std::uint64_t{bases_[anchor]} << 40 | std::uint64_t{labels_[node]} << 32 |
               units_of_[StrongFallback(anchor)];
  }
  scanner->units_ = FrozenArray(std::move(units));
}

// Whether every piece of several bytes is a sequence of whole characters.
bool PieceScannerBuilder::HasWholeCharacters() const {
  for (std::string_view piece : pieces_) {
    if (piece.size() == 1) continue;
    while (!piece.empty()) {
      const Utf8Char c = DecodeUtf8Char(piece);
      if (!c.valid) return false;
      piece.remove_prefix(static_cast<std::size_t>(c.length));
    }
  }
  return true;
}

// Lemma. Let all pieces of several bytes be whole characters, and let a text have
// at s a character c of k bytes that is a piece with a score higher than the sum
// of its bytes' by kMargin. Then the recursion need not start from s + 1 ... s + k -
// 1: no id changes.
// For a piece that ends inside c, or starts inside c, is a single byte: anything
// longer would hold a part of c without the rest. So the one way through those
// positions is c's bytes one by one from s, and its candidate for the end s + k
// comes last and must be strictly better than what is there, S[s] + score(c) or
// more. It is not: of exact sums it would miss by kMargin, and the additions, k
// for the bytes and one for c, err by half a unit in the last place each, 2^-7
// for sums up to 2^46: 5 x 2^-7 < kMargin. Sums stay below 2^46 in chunks of up
// to 64 GB if no score exceeds kMaxScore. Nor do the positions matter to any
// other end.
std::size_t PieceScannerBuilder::Stride(absl::Span<const std::int32_t> set) const {
  if (!may_stride_) return 1;
  for (const std::int32_t value : set) {
    const std::string_view piece = pieces_[value];
    if (piece.size() == 1) continue;
    // The shortest piece of several bytes: only that can be one character.
    if (static_cast<std::size_t>(DecodeUtf8Char(piece).length) != piece.size()) return 1;
    double sum = 0;
    for (const char byte : piece) sum += byte_scores_[static_cast<unsigned char>(byte)];
    return scores_[value] - sum > kMargin ? piece.size() : 1;
  }
  return 1;
}

bool PieceScannerBuilder::FillSets(PieceScanner* scanner) const {
  // The sets of frequent pieces lie together.
  std::vector<std::pair<double, std::int32_t>> by_score(pieces_.size());
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    by_score[i] = {-scores_[i], static_cast<std::int32_t>(i)};
  }
  std::sort(by_score.begin(), by_score.end());
  std::vector<std::uint32_t> offsets(pieces_.size());
  LargeVector<std::uint64_t> words;
  LargeVector<std::int32_t> values;
  std::vector<std::int32_t> set;
  for (const auto& [score, value] : by_score) {
    set.clear();
    for (std::int32_t v = value; v != kNone; v = shorter_[v]) set.push_back(v);
    std::reverse(set.begin(), set.end());
    offsets[value] = static_cast<std::uint32_t>(words.size());
    std::uint64_t header = Stride(set) << 24;
    for (const std::int32_t v : set) {
      const std::size_t length = pieces_[v].size();
      header +=
          length <= MatchSet::kMaxShort ? (std::uint64_t{1} << (length - 1)) + (1 << 16) : 1 << 8;
    }
    const auto push = [&](std::uint64_t word, std::int32_t of_value) {
      words.push_back(word);
      values.push_back(of_value);
    };
    // A piece of pieces of pieces: sets out of proportion to the vocabulary.
    if (words.size() > kMaxWordsPerPiece * pieces_.size() + kMaxWords) return false;
    push(header, kNone);
    for (const std::int32_t v : set) {
      push(std::bit_cast<std::uint64_t>(scores_[v]), v);
      if (pieces_[v].size() > MatchSet::kMaxShort) push(pieces_[v].size(), kNone);
    }
  }
  // Vectors read past a set.
  for (int i = 0; i < MatchSet::kMaxShort; ++i) words.push_back(0);
  LargeVector<std::uint32_t> sets(used_.size(), 0);
  for (std::size_t i = 0; i < used_.size(); ++i) {
    const std::int32_t longest = longest_[node_of_[i]];
    if (longest != kNone) sets[i] = offsets[longest];
  }
  scanner->words_ = FrozenArray(std::move(words));
  scanner->values_ = FrozenArray(std::move(values));
  scanner->sets_ = FrozenArray(std::move(sets));
  return true;
}

}  // namespace bytepiece
