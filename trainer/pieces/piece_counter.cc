// SPDX-License-Identifier: Apache-2.0
#include "trainer/pieces/piece_counter.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "trainer/counts/piece_run.h"

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
      size_ += left_;
    }
    char* const copy = next_;
    std::memcpy(copy, bytes.data(), bytes.size());
    next_ += bytes.size();
    left_ -= bytes.size();
    return {copy, bytes.size()};
  }

  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kBlockSize = std::size_t{1} << 20;

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t size_ = 0;
};

// A counted piece while sorting: the prefix settles most comparisons without
// touching the piece.
struct Entry {
  std::uint64_t prefix;
  std::string_view bytes;
  std::int64_t count;

  friend bool operator<(const Entry& a, const Entry& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.bytes < b.bytes;
  }
};

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
      ->second += weight_;
}

std::size_t PieceCounter::memory_bytes() const {
  // A slot and its control byte; while the table doubles, the new one, too. The
  // entries to sort and the coded run are less than that.
  constexpr std::size_t kSlot = sizeof(absl::string_view) + sizeof(std::int64_t) + 1;
  return impl_->arena.size() + 3 * kSlot * impl_->counts.capacity();
}

CountRun PieceCounter::TakeRun() {
  std::vector<Entry> entries;
  entries.reserve(impl_->counts.size());
  for (const auto& [bytes, count] : impl_->counts) {
    const std::string_view piece(bytes.data(), bytes.size());
    entries.push_back({PiecePrefix(piece), piece, count});
  }
  // Frees the table; the arena holds the pieces.
  impl_->counts = {};
  std::sort(entries.begin(), entries.end());
  CountRun run;
  PieceRunWriter writer([&run](const CountBlock& block, std::string_view bytes) {
    run.Append(block, bytes);
    return absl::OkStatus();
  });
  // Memory does not fail.
  for (const Entry& entry : entries) writer.Add(entry.bytes, entry.count).IgnoreError();
  writer.Finish().IgnoreError();
  *impl_ = Impl();
  return run;
}

}  // namespace bytepiece
