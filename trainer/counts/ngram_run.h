// SPDX-License-Identifier: Apache-2.0
// Runs of n-gram counts: coded, decoded, merged.
//
// A key of ngram_key.h without its gap is a number of 8 x order + 3 bits, bytes
// above, length below. An entry is the varint of twice the distance from the
// entry before (0 at a block's start) plus whether the count is more than one;
// then, if so, the varint of the count less two. Most n-grams are rare and have
// near neighbours: 3 to 5 bytes an entry instead of 16.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/base/checked_math.h"
#include "trainer/counts/count_run.h"
#include "trainer/counts/ngram_key.h"
#include "trainer/counts/varint.h"

namespace bytepiece {

using NgramKey64 = NgramKey<std::uint64_t>;

// Above every key: lengths are at most 7.
inline constexpr std::uint64_t kNoNgram = ~std::uint64_t{0};

// Order-preserving. Inverse of each other for keys of this order.
inline std::uint64_t PackNgram(std::uint64_t key, int order) {
  return key >> (64 - 8 * order) << 3 | (key & 7);
}
inline std::uint64_t UnpackNgram(std::uint64_t code, int order) {
  return code >> 3 << (64 - 8 * order) | (code & 7);
}

class NgramRunWriter {
 public:
  NgramRunWriter(int order, BlockSink sink) : order_(order), sink_(std::move(sink)) {}

  // Strictly ascending keys; positive counts.
  absl::Status Add(std::uint64_t key, std::int64_t count) {
    const std::uint64_t code = PackNgram(key, order_);
    if (entries_ == 0) {
      first_ = key;
      last_ = code;
    }
    AppendVarint((code - last_) << 1 | (count > 1 ? 1 : 0), &bytes_);
    if (count > 1) AppendVarint(static_cast<std::uint64_t>(count) - 2, &bytes_);
    last_ = code;
    ++entries_;
    return bytes_.size() < kCountBlockSize ? absl::OkStatus() : Finish();
  }

  // Hands over what is left.
  absl::Status Finish();

 private:
  int order_;
  BlockSink sink_;
  std::string bytes_;
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
  std::uint32_t entries_ = 0;
};

// The entries of a run with first <= key < end, one at a time.
class NgramStream {
 public:
  // The run must outlive the stream. Stands at the first entry at once.
  NgramStream(const CountRun* run, int order, std::uint64_t first, std::uint64_t end);

  // kNoNgram at the end, and after an error.
  std::uint64_t key() const { return key_; }
  std::int64_t count() const { return count_; }
  const absl::Status& status() const { return status_; }

  void Next() {
    if (left_ == 0) {
      NextBlock();
      return;
    }
    const std::uint64_t distance = TakeVarint(&p_);
    count_ = (distance & 1) == 0 ? 1 : static_cast<std::int64_t>(TakeVarint(&p_) + 2);
    code_ += distance >> 1;
    --left_;
    key_ = UnpackNgram(code_, order_);
    if (p_ > limit_ || count_ < 1 || (distance >> 1 == 0) != at_start_ ||
        code_ >> (8 * order_ + 3) != 0 || (code_ & 7) - 1 >= static_cast<unsigned>(order_)) {
      Damaged();
    } else if (key_ >= end_) {
      Stop();
    }
    at_start_ = false;
  }

 private:
  void NextBlock();
  void Damaged();
  void Stop();

  const CountRun* run_;
  int order_;
  std::uint64_t end_;
  std::size_t next_block_ = 0;
  std::string buffer_;
  const char* p_ = nullptr;
  const char* limit_ = nullptr;
  std::uint32_t left_ = 0;  // entries of the block
  bool at_start_ = false;   // of the block
  std::uint64_t code_ = 0;
  std::uint64_t key_ = 0;
  std::int64_t count_ = 0;
  absl::Status status_;
};

// Calls emit(key, count) for the keys first <= key < end of all runs, strictly
// ascending, counts of equal keys added up. Time: O(entries x log runs), by a
// tournament that replays only the winner's path. Memory: a block for each run
// in a file. Errors: a damaged or unreadable file; counts that together do not fit 63 bits.
template <typename Emit>
absl::Status MergeNgrams(const RunPointers& runs, int order, std::uint64_t first, std::uint64_t end,
                         Emit emit) {
  struct Player {
    std::uint64_t key;
    std::size_t stream;
  };
  std::vector<NgramStream> streams;
  streams.reserve(runs.size());
  for (const CountRun* run : runs) streams.emplace_back(run, order, first, end);
  std::size_t size = 1;
  while (size < streams.size()) size *= 2;
  // Node i plays its children 2i and 2i + 1 and keeps the loser.
  std::vector<Player> winners(2 * size, {kNoNgram, 0});
  for (std::size_t i = 0; i < streams.size(); ++i) winners[size + i] = {streams[i].key(), i};
  std::vector<Player> losers(size, {kNoNgram, 0});
  for (std::size_t i = size; i-- > 1;) {
    const bool right = winners[2 * i + 1].key < winners[2 * i].key;
    winners[i] = winners[2 * i + (right ? 1 : 0)];
    losers[i] = winners[2 * i + (right ? 0 : 1)];
  }
  Player best = winners[1];
  std::uint64_t key = best.key;
  std::int64_t count = 0;
  std::int64_t total = 0;
  while (best.key != kNoNgram) {
    if (best.key != key) {
      emit(key, count);
      key = best.key;
      count = 0;
    }
    NgramStream& stream = streams[best.stream];
    if (!AddTo(stream.count(), &total)) return CountsTooLarge(*runs[best.stream]);
    count += stream.count();
    stream.Next();
    best.key = stream.key();
    for (std::size_t i = (best.stream + size) / 2; i > 0; i /= 2) {
      const Player rival = losers[i];
      const bool beaten = rival.key < best.key;
      losers[i] = beaten ? best : rival;
      best = beaten ? rival : best;
    }
  }
  if (count > 0) emit(key, count);
  for (const NgramStream& stream : streams) {
    if (!stream.status().ok()) return stream.status();
  }
  return absl::OkStatus();
}

// Ascending keys, the first 0, that cut the key space into at most `ranges` of similar
// work. A cut is the first key of a byte pair, so that no n-gram but single bytes spans
// two.
std::vector<std::uint64_t> CutBetweenPairs(const RunPointers& runs, int ranges);

// Merges whole runs into one. Adds to *text_bytes, if given, all counts.
absl::Status MergeNgramRuns(const RunPointers& runs, int order, const BlockSink& sink,
                            std::int64_t* text_bytes = nullptr);

}  // namespace bytepiece
