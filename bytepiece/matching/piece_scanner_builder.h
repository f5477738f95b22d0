// SPDX-License-Identifier: Apache-2.0
// Makes the automaton and the match sets. Used by PieceScanner::Build only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/keyed_sort.h"
#include "bytepiece/matching/free_slots.h"
#include "bytepiece/matching/piece_scanner.h"

namespace bytepiece {

class PieceScannerBuilder {
 public:
  PieceScannerBuilder(absl::Span<const std::string_view> pieces, absl::Span<const double> scores)
      : pieces_(pieces), scores_(scores) {}

  PieceScanner Build();

 private:
  static constexpr std::uint32_t kBlockSize = PieceScanner::kBlockSize;
  static_assert(kBlockSize == FreeSlots::kBlockSize);
  using Node = std::uint32_t;  // a state of the reversed trie, numbered level by level
  static constexpr Node kRoot = 0;
  static constexpr std::int32_t kNone = -1;

  // A block of units that is searched for free ones until it has failed a number
  // of times.
  struct OpenBlock {
    std::uint32_t block;
    int failures;
  };

  bool Accepts() const;
  void SortReversed();
  void MakeTrie();
  Node Child(Node node, std::uint8_t label) const;
  void AddFallbacks();
  void AddStrongFallbacks();
  Node StrongFallback(Node node) const;
  bool PlaceNodes();
  std::uint32_t FindBase(absl::Span<const std::uint8_t> labels);
  void FillUnits(PieceScanner* scanner) const;
  bool FillSets(PieceScanner* scanner);
  void FillSetsOfUnits(PieceScanner* scanner) const;
  void FindMayStride();
  void FillSet(std::int32_t longest, std::uint64_t* words, std::int32_t* values) const;
  std::size_t Stride(std::int32_t shortest) const;

  // kKeyBytes of its reversed bytes, from `depth` on, the first highest; 0 after the last.
  std::uint64_t ReversedKey(std::int32_t piece, std::size_t depth) const;
  std::uint8_t ByteFromEnd(std::int32_t piece, std::size_t depth) const {
    const std::string_view bytes = pieces_[piece];
    return static_cast<std::uint8_t>(bytes[bytes.size() - 1 - depth]);
  }
  // The byte at `depth` from the end of the i-th piece by reversed bytes.
  std::uint8_t SortedByte(std::size_t i, std::size_t depth) const {
    if (depth < kKeyBytes) return static_cast<std::uint8_t>(sorted_[i].key >> (56 - 8 * depth));
    if (depth < 2 * kKeyBytes) return static_cast<std::uint8_t>(tails_[i] >> (120 - 8 * depth));
    return ByteFromEnd(sorted_[i].index, depth);
  }
  absl::Span<const std::uint8_t> ChildLabels(Node node) const {
    return absl::MakeConstSpan(labels_).subspan(first_child_[node], num_children_[node]);
  }

  absl::Span<const std::string_view> pieces_;
  absl::Span<const double> scores_;
  std::vector<std::uint8_t> lengths_;  // by value
  // Values, by reversed bytes; the first of these, in big-endian order, are the key:
  // pieces lie scattered in memory, and most are read no further.
  static constexpr std::size_t kKeyBytes = sizeof(std::uint64_t);
  std::vector<KeyedIndex> sorted_;
  std::vector<std::uint64_t> tails_;  // the bytes after the key, in the same order

  // Indexed by node. Children are numbered in a row.
  struct Range {
    std::uint32_t begin;
    std::uint32_t end;
  };
  std::vector<Range> ranges_;  // in sorted_: the pieces below
  std::vector<std::uint8_t> depths_;
  std::vector<std::uint8_t> labels_;
  std::vector<Node> first_child_;
  std::vector<std::uint16_t> num_children_;
  std::vector<Node> fallbacks_;
  std::vector<std::int32_t> longest_;  // value of the longest piece that starts here
  std::vector<Node> anchors_;          // the first with children on the way of fallbacks
  std::vector<Node> strong_;           // StrongFallback, where there are children
  std::vector<std::uint32_t> units_of_;
  std::vector<std::uint32_t> bases_;

  std::array<double, 256> byte_scores_{};
  bool may_stride_ = false;
  std::vector<std::int32_t> shorter_;       // by value: the longest piece that is a proper prefix
  std::vector<std::uint16_t> set_words_;    // by value: of its set
  std::vector<std::uint32_t> set_offsets_;  // by value: where its set begins

  // Indexed by unit.
  std::vector<Node> node_of_;
  FreeSlots free_;
  std::vector<OpenBlock> open_blocks_;
};

}  // namespace bytepiece
