// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/piece_scanner_builder.h"

#include <omp.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <future>
#include <system_error>
#include <utility>

#include "bytepiece/base/utf8.h"

namespace bytepiece {
namespace {

constexpr int kMaxFailures = 32;

// Most words of all match sets. The public models need 6 a piece.
constexpr std::size_t kMaxWordsPerPiece = 64;
constexpr std::size_t kMaxWords = std::size_t{1} << 17;

// The bounds of Stride's lemma.
constexpr double kMargin = 0x1p-4;
constexpr double kMaxScore = 0x1p10;
constexpr std::uint32_t kMaxUnits = std::uint32_t{1} << 24;

// The result of work(), run on a thread of its own where OpenMP may use several, else when asked.
template <typename Work>
std::future<bool> OnAnotherThread(Work work) {
  if (omp_get_max_threads() > 1) {
    try {
      return std::async(std::launch::async, work);
    } catch (const std::system_error&) {  // no more threads
    }
  }
  return std::async(std::launch::deferred, work);
}

}  // namespace

PieceScanner PieceScannerBuilder::Build() {
  PieceScanner scanner;
  if (!Accepts()) return scanner;
  lengths_.reserve(pieces_.size());
  for (const std::string_view piece : pieces_) {
    lengths_.push_back(static_cast<std::uint8_t>(piece.size()));
  }
  SortReversed();
  MakeTrie();
  FindMayStride();
  // A fifth of the time, which nothing before FillUnits waits for.
  std::future<bool> placed = OnAnotherThread([this] { return PlaceNodes(); });
  AddFallbacks();
  AddStrongFallbacks();
  const bool are_filled = FillSets(&scanner);
  if (!placed.get() || !are_filled) return PieceScanner();
  FillUnits(&scanner);
  FillSetsOfUnits(&scanner);
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

std::uint64_t PieceScannerBuilder::ReversedKey(std::int32_t piece, std::size_t depth) const {
  const std::string_view bytes = pieces_[piece];
  std::uint64_t key = 0;
  for (std::size_t d = depth; d < depth + kKeyBytes; ++d) {
    key = key << 8 | (d < bytes.size() ? ByteFromEnd(piece, d) : 0);
  }
  return key;
}

void PieceScannerBuilder::SortReversed() {
  sorted_.resize(pieces_.size());
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const auto piece = static_cast<std::int32_t>(i);
    sorted_[i] = {ReversedKey(piece, 0), piece};
  }
  SortByKey(&sorted_);
  for (auto begin = sorted_.begin(); begin != sorted_.end();) {
    const auto end = std::find_if(
        begin, sorted_.end(), [begin](const KeyedIndex& other) { return other.key != begin->key; });
    std::sort(begin, end, [this](const KeyedIndex& a, const KeyedIndex& b) {
      const std::string_view x = pieces_[a.index];
      const std::string_view y = pieces_[b.index];
      return std::lexicographical_compare(
          x.rbegin(), x.rend(), y.rbegin(), y.rend(), [](char c, char d) {
            return static_cast<unsigned char>(c) < static_cast<unsigned char>(d);
          });
    });
    begin = end;
  }
}

void PieceScannerBuilder::MakeTrie() {
  tails_.resize(sorted_.size());
  for (std::size_t i = 0; i < sorted_.size(); ++i) {
    const std::int32_t piece = sorted_[i].index;
    tails_[i] = lengths_[piece] > kKeyBytes ? ReversedKey(piece, kKeyBytes) : 0;
  }
  ranges_.push_back({0, static_cast<std::uint32_t>(sorted_.size())});
  depths_.push_back(0);
  labels_.push_back(0);
  longest_.push_back(kNone);
  for (Node node = 0; node < ranges_.size(); ++node) {
    auto [begin, end] = ranges_[node];
    const std::uint8_t depth = depths_[node];
    if (lengths_[sorted_[begin].index] == depth) longest_[node] = sorted_[begin++].index;
    first_child_.push_back(static_cast<Node>(ranges_.size()));
    for (std::uint32_t i = begin; i < end;) {
      const std::uint8_t label = SortedByte(i, depth);
      const std::uint32_t child_begin = i;
      while (i < end && SortedByte(i, depth) == label) ++i;
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
  if (labels.size() == 1) return labels[0] == label ? first_child_[node] : kRoot;  // most
  const auto found = std::lower_bound(labels.begin(), labels.end(), label);
  if (found == labels.end() || *found != label) return kRoot;
  return first_child_[node] + static_cast<Node>(found - labels.begin());
}

void PieceScannerBuilder::AddFallbacks() {
  const std::size_t size = ranges_.size();
  shorter_.assign(pieces_.size(), kNone);
  set_words_.assign(pieces_.size(), 0);
  fallbacks_.assign(size, kRoot);
  anchors_.assign(size, kRoot);
  for (Node node = 0; node < size; ++node) {
    // All that start with a shorter string are known: its level came before.
    const Node fallback = fallbacks_[node];
    if (node != kRoot) {
      if (longest_[node] == kNone) {
        longest_[node] = longest_[fallback];
      } else {
        const std::int32_t piece = longest_[node];
        const std::int32_t shorter = shorter_[piece] = longest_[fallback];
        set_words_[piece] =
            static_cast<std::uint16_t>((shorter == kNone ? 1 : set_words_[shorter]) +
                                       (lengths_[piece] > MatchSet::kMaxShort ? 2 : 1));
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

void PieceScannerBuilder::AddStrongFallbacks() {
  const std::size_t size = ranges_.size();
  strong_.assign(size, kRoot);
  for (Node node = 0; node < size; ++node) {
    // It is known already for nodes nearer to the root.
    if (num_children_[node] > 0) strong_[node] = StrongFallback(node);
  }
}

// Where to go if `node` has no child by a byte: the first state on the way to
// the root that has a child which `node` has not. Those between a state and its own
// such state have no child that the state has not, so they are passed over.
PieceScannerBuilder::Node PieceScannerBuilder::StrongFallback(Node node) const {
  if (node == kRoot) return kRoot;
  const absl::Span<const std::uint8_t> labels = ChildLabels(node);
  Node state = anchors_[fallbacks_[node]];
  while (state != kRoot) {
    const absl::Span<const std::uint8_t> others = ChildLabels(state);
    if (!std::includes(labels.begin(), labels.end(), others.begin(), others.end())) break;
    state = strong_[state];
  }
  return state;
}

// The states nearest to the root first: they are met most often, and so lie
// together.
bool PieceScannerBuilder::PlaceNodes() {
  bases_.assign(ranges_.size(), 0);
  units_of_.assign(ranges_.size(), 0);
  free_.AddFullBlock();  // the root alone
  node_of_.assign(kBlockSize, kRoot);
  for (Node parent = 0; parent < ranges_.size(); ++parent) {
    if (num_children_[parent] == 0) continue;
    const std::uint32_t base = FindBase(ChildLabels(parent));
    if (base == 0) return false;
    bases_[parent] = base;
    free_.Take(base, ChildLabels(parent));
    for (Node i = 0; i < num_children_[parent]; ++i) {
      const Node child = first_child_[parent] + i;
      const std::uint32_t unit = base ^ labels_[child];
      units_of_[child] = unit;
      node_of_[unit] = child;
    }
  }
  return true;
}

std::uint32_t PieceScannerBuilder::FindBase(absl::Span<const std::uint8_t> labels) {
  for (std::size_t i = 0; i < open_blocks_.size(); ++i) {
    OpenBlock& open = open_blocks_[i];
    const std::uint32_t base = free_.FindBase(open.block, labels);
    if (base != FreeSlots::kNone) return base;
    if (++open.failures == kMaxFailures) {
      open_blocks_.erase(open_blocks_.begin() + static_cast<std::ptrdiff_t>(i--));
    }
  }
  const auto block = static_cast<std::uint32_t>(free_.num_blocks());
  if (node_of_.size() + kBlockSize > kMaxUnits) return 0;
  free_.AddBlock();
  node_of_.resize(node_of_.size() + kBlockSize, kRoot);
  open_blocks_.push_back({block, 0});
  return free_.FindBase(block, labels);
}

void PieceScannerBuilder::FillUnits(PieceScanner* scanner) const {
  LargeVector<std::uint64_t> units(node_of_.size());
  std::uint32_t unused_base = 0;
  for (std::uint32_t i = 0; i < units.size(); ++i) {
    if (i % kBlockSize == 0) {
      // Bases are no more than the units they lead to, so a block with a free
      // unit has a base that no state has.
      unused_base = i;
      while (unused_base < i + kBlockSize && !free_.IsFreeBase(unused_base)) ++unused_base;
    }
    if (free_.IsFree(i)) {
      // The label of a byte that leads here from no state.
      units[i] = std::uint64_t{i ^ unused_base} << 32;
      continue;
    }
    // A state without children has those of the one it falls back to, and goes
    // on from there.
    const Node node = node_of_[i];
    const Node anchor = anchors_[node];
    units[i] = std::uint64_t{bases_[anchor]} << 40 | std::uint64_t{labels_[node]} << 32 |
               units_of_[strong_[anchor]];
  }
  scanner->units_ = FrozenArray(std::move(units));
}

void PieceScannerBuilder::FindMayStride() {
  may_stride_ = HaveWholeCharacters(pieces_);
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (std::abs(scores_[i]) > kMaxScore) may_stride_ = false;
    if (pieces_[i].size() == 1)
      byte_scores_[static_cast<unsigned char>(pieces_[i][0])] = scores_[i];
  }
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
std::size_t PieceScannerBuilder::Stride(std::int32_t shortest) const {
  if (!may_stride_ || shortest == kNone) return 1;
  const std::string_view piece = pieces_[shortest];
  if (Utf8CharLength(piece[0]) != piece.size()) return 1;
  double sum = 0;
  for (const char byte : piece) sum += byte_scores_[static_cast<unsigned char>(byte)];
  return scores_[shortest] - sum > kMargin ? piece.size() : 1;
}

bool PieceScannerBuilder::FillSets(PieceScanner* scanner) {
  // The sets of frequent pieces lie together.
  std::vector<KeyedIndex> by_score(pieces_.size());
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    by_score[i] = {~OrderedKey(scores_[i]), static_cast<std::int32_t>(i)};
  }
  SortByKey(&by_score);
  std::size_t size = 0;
  for (const std::uint16_t words : set_words_) size += words;
  // A piece of pieces of pieces: sets out of proportion to the vocabulary.
  if (size > kMaxWordsPerPiece * pieces_.size() + kMaxWords) return false;
  set_offsets_.resize(pieces_.size());
  std::size_t at = 0;
  for (const KeyedIndex& entry : by_score) {
    set_offsets_[entry.index] = static_cast<std::uint32_t>(at);
    at += set_words_[entry.index];
  }
  LargeVector<std::uint64_t> words(size + MatchSet::kMaxShort);  // vectors read past a set
  LargeVector<std::int32_t> values(size, kNone);
  for (const KeyedIndex& entry : by_score) FillSet(entry.index, words.data(), values.data());
  scanner->words_ = FrozenArray(std::move(words));
  scanner->values_ = FrozenArray(std::move(values));
  return true;
}

// The set of the pieces that `longest` starts with, from its end.
void PieceScannerBuilder::FillSet(std::int32_t longest, std::uint64_t* words,
                                  std::int32_t* values) const {
  const std::size_t begin = set_offsets_[longest];
  std::size_t at = begin + set_words_[longest];
  std::uint64_t header = 0;
  std::int32_t shortest = kNone;  // of several bytes: only that can be one character
  for (std::int32_t v = longest; v != kNone; v = shorter_[v]) {
    const std::size_t length = lengths_[v];
    if (length > 1) shortest = v;
    if (length > MatchSet::kMaxShort) {
      words[--at] = length;
      header += 1 << 8;
    } else {
      header += (std::uint64_t{1} << (length - 1)) + (1 << 16);
    }
    words[--at] = std::bit_cast<std::uint64_t>(scores_[v]);
    values[at] = v;
  }
  words[begin] = header + (Stride(shortest) << 24);
}

void PieceScannerBuilder::FillSetsOfUnits(PieceScanner* scanner) const {
  LargeVector<std::uint32_t> sets(node_of_.size(), 0);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const std::int32_t longest = longest_[node_of_[i]];
    if (longest != kNone) sets[i] = set_offsets_[longest];
  }
  scanner->sets_ = FrozenArray(std::move(sets));
}

}  // namespace bytepiece
