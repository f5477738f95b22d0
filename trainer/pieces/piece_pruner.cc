// SPDX-License-Identifier: Apache-2.0
#include "trainer/pieces/piece_pruner.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "bytepiece/base/checked_math.h"
#include "bytepiece/base/for_each_on_threads.h"
#include "bytepiece/model/vocabulary.h"
#include "trainer/setup/memory_budget.h"

namespace bytepiece {
namespace {

// Pieces that a thread segments at a time, and bytes of them at most.
constexpr std::size_t kGroup = 512;
constexpr std::size_t kGroupBytes = std::size_t{1} << 20;

std::size_t NumGroups(std::size_t size) { return (size + kGroup - 1) / kGroup; }
std::size_t EndOfGroup(std::size_t group, std::size_t size) {
  return std::min(size, (group + 1) * kGroup);
}

// The memory that a kept piece of so many bytes takes: itself, its score, its place in the
// lists of pieces to segment and, measured, the automaton while it is built.
std::int64_t MemoryOf(std::size_t length) { return 160 + 16 * static_cast<std::int64_t>(length); }

absl::Status TooManyCounted() {
  return absl::InvalidArgumentError(
      "the counts of the pieces, times their lengths, come to 2^63 or more together, which is more "
      "than counts can hold; count with smaller weights");
}

bool IsKept(const std::string& piece, std::int64_t count, const PrunerOptions& options) {
  return piece.size() == 1 || (piece.size() <= static_cast<std::size_t>(options.max_piece_length) &&
                               count >= options.min_count);
}

// How often Create scans.
constexpr int kScans = 2;

// Runs a scan of each range, several at a time, with what make_take() returns: one call a
// thread. The first range's error is returned. `earlier`: scans before this one.
template <typename MakeTake>
absl::Status ScanAll(const PieceScan& scan, const PrunerOptions& options, int earlier,
                     MakeTake make_take) {
  std::vector<absl::Status> statuses(scan.ranges);
  std::atomic<std::int64_t> done{std::int64_t{earlier} * scan.ranges};
  {
    std::vector<std::optional<decltype(make_take())>> takes(options.threads);
    ForEachOnThreads(scan.ranges, options.threads, [&](std::size_t range, int thread) {
      const int i = static_cast<int>(range);
      auto& take = takes[thread];
      if (!take) take.emplace(make_take());
      statuses[i] = scan.scan(i, [&](const std::string& piece, std::int64_t count) {
        return (*take)(i, piece, count);
      });
      ++done;
      if (options.progress && thread == 0) {
        options.progress(done, std::int64_t{kScans} * scan.ranges);
      }
    });
  }
  for (absl::Status& status : statuses) {
    if (!status.ok()) return std::move(status);
  }
  if (options.progress) options.progress(done, std::int64_t{kScans} * scan.ranges);
  return absl::OkStatus();
}

// Segments pieces, some at a time, and adds their counts to their parts'. One per thread.
class Distributor {
 public:
  Distributor(const Segmenter* segmenter, std::vector<std::int64_t>* received)
      : segmenter_(segmenter), received_(received) {}
  Distributor(Distributor&&) = default;
  ~Distributor() { Flush(); }

  void Add(std::string_view piece, std::int64_t count) {
    text_ += piece;
    ends_.push_back(text_.size());
    counts_.push_back(count);
    if (ends_.size() == kGroup || text_.size() >= kGroupBytes) Flush();
  }

 private:
  void Flush() {
    if (ends_.empty()) return;
    segmenter_->AppendEach(text_, ends_, 0, &scratch_, &parts_, &part_ends_);
    std::size_t part = 0;
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      for (; part < part_ends_[i]; ++part) {
        // Integers: the sum does not depend on the order.
        std::atomic_ref((*received_)[parts_[part]])
            .fetch_add(counts_[i], std::memory_order_relaxed);
      }
    }
    text_.clear();
    ends_.clear();
    counts_.clear();
    parts_.clear();
    part_ends_.clear();
  }

  const Segmenter* segmenter_;
  std::vector<std::int64_t>* received_;
  SegmenterScratch scratch_;
  std::string text_;
  std::vector<std::size_t> ends_;
  std::vector<std::int64_t> counts_;
  std::vector<std::int32_t> parts_;
  std::vector<std::size_t> part_ends_;
};

}  // namespace

absl::StatusOr<PiecePruner> PiecePruner::Create(const PieceScan& scan,
                                                const PrunerOptions& options) {
  PiecePruner pruner(options.threads);
  if (absl::Status status = pruner.Keep(scan, options); !status.ok()) return status;
  pruner.UpdateScores();
  if (absl::Status status = pruner.Redistribute(scan, options); !status.ok()) return status;
  pruner.RemoveUnused();
  return pruner;
}

absl::Status PiecePruner::Keep(const PieceScan& scan, const PrunerOptions& options) {
  std::atomic<std::int64_t> memory{0};  // needed, kept or not
  std::vector<std::vector<Piece>> kept(scan.ranges);
  // The text counted, kept or not. Whatever pieces it goes to later, it does not become more.
  std::vector<std::int64_t> bytes(scan.ranges, 0);
  absl::Status status = ScanAll(scan, options, 0, [&] {
    return [&](int range, const std::string& piece, std::int64_t count) {
      if (!AddProduct(count, static_cast<std::int64_t>(piece.size()), &bytes[range])) {
        return TooManyCounted();
      }
      if (!IsKept(piece, count, options)) return absl::OkStatus();
      const std::int64_t more = MemoryOf(piece.size());
      if (memory.fetch_add(more, std::memory_order_relaxed) + more <= options.max_bytes) {
        kept[range].push_back({piece, count});
      }
      return absl::OkStatus();
    };
  });
  if (!status.ok()) return status;
  std::int64_t all_bytes = 256 * options.unit;  // bytes that are not seen
  for (const std::int64_t range_bytes : bytes) {
    if (!AddTo(range_bytes, &all_bytes)) return TooManyCounted();
    text_bytes_ += range_bytes;
  }
  if (memory > options.max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("pruning the pieces takes ", FormatMemorySize(memory),
                     " of memory, but --memory-limit leaves ", FormatMemorySize(options.max_bytes),
                     " for it; raise --memory-limit, or raise --min-count above ",
                     options.min_count / options.unit));
  }
  std::size_t size = 256;
  for (const std::vector<Piece>& pieces : kept) size += pieces.size();
  pieces_.reserve(size);
  int next_byte = 0;
  // All single bytes up to `last`, which `last` may be one of, in their places.
  const auto add_bytes = [&](const std::string* last) {
    for (; next_byte < 256; ++next_byte) {
      const std::string byte(1, static_cast<char>(next_byte));
      if (last != nullptr && byte > *last) return;
      if (last == nullptr || byte != *last) pieces_.push_back({byte, options.unit});
    }
  };
  for (std::vector<Piece>& pieces : kept) {
    for (Piece& piece : std::exchange(pieces, {})) {
      add_bytes(&piece.bytes);
      pieces_.push_back(std::move(piece));
    }
  }
  add_bytes(nullptr);
  absl::StatusOr<Segmenter> segmenter =
      Segmenter::CreateWithoutScores(pieces_, options.max_bytes - memory);
  if (!segmenter.ok()) return segmenter.status();
  segmenter_ = *std::move(segmenter);
  return absl::OkStatus();
}

// Gives the counts of the pieces that were not kept to their parts. The model is
// fixed before any count is moved.
absl::Status PiecePruner::Redistribute(const PieceScan& scan, const PrunerOptions& options) {
  std::vector<std::int64_t> received(pieces_.size(), 0);
  absl::Status status = ScanAll(scan, options, 1, [&] {
    return [&, distributor = Distributor(&segmenter_, &received)](int, const std::string& piece,
                                                                  std::int64_t count) mutable {
      if (!IsKept(piece, count, options)) distributor.Add(piece, count);
      return absl::OkStatus();
    };
  });
  if (!status.ok()) return status;
  for (std::size_t i = 0; i < received.size(); ++i) pieces_[i].count += received[i];
  return absl::OkStatus();
}

void PiecePruner::UpdateScores() {
  std::int64_t total = 0;
  num_alive_ = 0;
  for (const Piece& piece : pieces_) {
    total += piece.count;
    num_alive_ += piece.count > 0 ? 1 : 0;
  }
  std::vector<double> scores(pieces_.size());
  ForEachOnThreads(NumGroups(pieces_.size()), threads_, [&](std::size_t group, int) {
    for (std::size_t i = group * kGroup; i < EndOfGroup(group, pieces_.size()); ++i) {
      scores[i] = pieces_[i].count > 0 ? UnigramScore(pieces_[i].count, total)
                                       : -std::numeric_limits<double>::infinity();
    }
  });
  segmenter_.SetScores(scores);
}

void PiecePruner::Distribute(const std::vector<Load>& loads,
                             std::vector<std::int64_t>* counts) const {
  std::vector<std::optional<Distributor>> distributors(threads_);
  ForEachOnThreads(NumGroups(loads.size()), threads_, [&](std::size_t group, int thread) {
    std::optional<Distributor>& distributor = distributors[thread];
    if (!distributor) distributor.emplace(&segmenter_, counts);
    for (std::size_t i = group * kGroup; i < EndOfGroup(group, loads.size()); ++i) {
      distributor->Add(loads[i].bytes, loads[i].count);
    }
  });
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
