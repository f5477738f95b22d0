// SPDX-License-Identifier: Apache-2.0
#include "trainer/piece_counter.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace bytepiece {
namespace {

// Bytes that stay where they are: blocks never move, and a piece lies in one.
class Arena {
 public:
  absl::string_view Copy(std::string_view bytes) {
    if (bytes.size() > left_) {
      left_ = std::max(kBlockSize, bytes.size());
      blocks_.push_back(std::make_unique<char[]>(left_));
      next_ = blocks_.back().get();
    }
    char* const copy = next_;
    std::memcpy(copy, bytes.data(), bytes.size());
    next_ += bytes.size();
    left_ -= bytes.size();
    return {copy, bytes.size()};
  }

 private:
  static constexpr std::size_t kBlockSize = std::size_t{1} << 20;

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

bool BytesAscend(const Piece& a, const Piece& b) { return a.bytes < b.bytes; }

std::vector<Piece> MergeTwo(std::vector<Piece> a, std::vector<Piece> b) {
  std::vector<Piece> merged;
  merged.reserve(a.size() + b.size());
  std::merge(std::make_move_iterator(a.begin()), std::make_move_iterator(a.end()),
             std::make_move_iterator(b.begin()), std::make_move_iterator(b.end()),
             std::back_inserter(merged), BytesAscend);
  std::size_t kept = 0;
  for (std::size_t i = 1; i < merged.size(); ++i) {
    if (merged[i].bytes == merged[kept].bytes) {
      merged[kept].count += merged[i].count;
    } else if (++kept != i) {
      merged[kept] = std::move(merged[i]);
    }
  }
  if (!merged.empty()) merged.resize(kept + 1);
  return merged;
}

}  // namespace

struct PieceCounter::Impl {
  Arena arena;
  absl::flat_hash_map<absl::string_view, std::int64_t> counts;
};

PieceCounter::PieceCounter() : impl_(std::make_unique<Impl>()) {}
PieceCounter::~PieceCounter() = default;
PieceCounter::PieceCounter(PieceCounter&&) noexcept = default;
PieceCounter& PieceCounter::operator=(PieceCounter&&) noexcept = default;

void PieceCounter::Add(std::string_view piece) {
  impl_->counts
      .lazy_emplace(absl::string_view(piece.data(), piece.size()),
                    [&](const auto& construct) { construct(impl_->arena.Copy(piece), 0); })
      ->second += 1;
}

std::vector<Piece> PieceCounter::TakeSorted() {
  std::vector<Piece> pieces;
  pieces.reserve(impl_->counts.size());
  for (const auto& [bytes, count] : impl_->counts) {
    pieces.push_back({std::string(bytes.data(), bytes.size()), count});
  }
  *impl_ = Impl();
  std::sort(pieces.begin(), pieces.end(), BytesAscend);
  return pieces;
}

std::vector<Piece> MergePieceCounts(std::vector<std::vector<Piece>> sorted) {
  if (sorted.empty()) return {};
  // Halving keeps every piece in O(log inputs) merges.
  while (sorted.size() > 1) {
    std::vector<std::vector<Piece>> half;
    for (std::size_t i = 0; i + 1 < sorted.size(); i += 2) {
      half.push_back(MergeTwo(std::move(sorted[i]), std::move(sorted[i + 1])));
    }
    if (sorted.size() % 2 == 1) half.push_back(std::move(sorted.back()));
    sorted = std::move(half);
  }
  return std::move(sorted.front());
}

}  // namespace bytepiece
