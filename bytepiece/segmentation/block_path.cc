// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/block_path.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bytepiece {
namespace {

// How many parts are read at once: a step takes some 6 cycles and 5 instructions.
constexpr int kParts = 4;

}  // namespace

// A path that goes on after `size` leaves from one of the last `reach` positions. The
// path to these whose end is the furthest takes a step back, again and again, until all
// are at one place.
std::size_t MeetingPoint(const std::uint8_t* last_length, std::size_t size, std::size_t reach) {
  constexpr std::size_t kMask = 511;  // twice as far as a piece reaches
  std::array<bool, kMask + 1> is_end{};
  std::size_t ends = 0;
  for (std::size_t p = size - std::min(size, reach - 1); p <= size; ++p) {
    if (p > 0 && last_length[p - 1] == 0) continue;
    is_end[p & kMask] = true;
    ++ends;
  }
  std::size_t p = size;
  for (; p > 0; --p) {
    if (!is_end[p & kMask]) continue;
    if (ends == 1) break;
    is_end[p & kMask] = false;
    bool& before = is_end[(p - last_length[p - 1]) & kMask];
    if (std::exchange(before, true)) --ends;
  }
  return p;
}

void BlockPath::Read(const std::uint8_t* last_length, absl::Span<const std::size_t> ends) {
  ReadSteps([last_length](std::size_t end) -> std::size_t { return last_length[end - 1]; }, ends);
}

void BlockPath::Read(const LastPieces& last, absl::Span<const std::size_t> ends) {
  ReadSteps([&last](std::size_t end) { return last.LengthOf(end); }, ends);
}

template <typename LengthOf>
void BlockPath::ReadSteps(LengthOf length_of, absl::Span<const std::size_t> ends) {
  const std::size_t size = ends.back();
  // Pieces are no more than bytes; a part's are written from its end.
  if (steps_.size() < size) steps_.resize(size);
  Step* const steps = steps_.data();
  std::array<std::size_t, kParts + 1> cuts{};
  for (int i = 1; i < kParts; ++i) {
    cuts[i] = *std::lower_bound(ends.begin(), ends.end() - 1, size * i / kParts);
  }
  cuts[kParts] = size;
  std::array<std::size_t, kParts> at;     // on the path
  std::array<std::size_t, kParts> first;  // of the steps written
  for (int i = 0; i < kParts; ++i) at[i] = first[i] = cuts[i + 1];
  const auto step = [&](int i) {
    const std::size_t length = length_of(at[i]);
    at[i] -= length;
    steps[--first[i]] = static_cast<Step>(at[i] << 8 | length);
  };
  while (at[0] > cuts[0] && at[1] > cuts[1] && at[2] > cuts[2] && at[3] > cuts[3]) {
#pragma GCC unroll 4
    for (int i = 0; i < kParts; ++i) step(i);
  }
  size_ = 0;
  for (int i = 0; i < kParts; ++i) {
    while (at[i] > cuts[i]) step(i);
    // Where a part begins with a part's bytes, there is nothing to move.
    if (size_ != first[i]) {
      std::copy(steps + first[i], steps + cuts[i + 1], steps + size_);
    }
    size_ += cuts[i + 1] - first[i];
  }
}

void BlockPath::AppendIds(const PieceScanner& scanner, const std::uint32_t* sets, TokenId id_offset,
                          std::vector<TokenId>* ids) {
  const std::size_t before = ids->size();
  ids->resize(before + size_);
  TokenId* const out = ids->data() + before;
  if (long_pieces_.size() < size_) long_pieces_.resize(size_);
  LongPiece* const long_pieces = long_pieces_.data();
  std::size_t num_long = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    const Step step = steps_[i];
    const auto length = static_cast<std::uint8_t>(step);
    out[i] = static_cast<TokenId>(scanner.SetAt(sets[step >> 8]).PlaceIfShort(length));
    // Without a branch, which would be mispredicted at one piece in ten.
    long_pieces[num_long] = {static_cast<std::uint32_t>(i), step};
    num_long += length > MatchSet::kMaxShort ? 1 : 0;
  }
  for (std::size_t i = 0; i < num_long; ++i) {
    const auto [index, step] = long_pieces[i];
    out[index] = static_cast<TokenId>(
        scanner.SetAt(sets[step >> 8]).PlaceOfLength(static_cast<std::uint8_t>(step)));
  }
  for (std::size_t i = 0; i < size_; ++i) {
    out[i] = id_offset + scanner.ValueAt(static_cast<std::uint32_t>(out[i]));
  }
}

void BlockPath::AppendIds(const WholeRows& rows, const WholeRows::Entry* entries, TokenId id_offset,
                          std::vector<TokenId>* ids) {
  const std::size_t before = ids->size();
  ids->resize(before + size_);
  TokenId* const out = ids->data() + before;
  for (std::size_t i = 0; i < size_; ++i) {
    const Step step = steps_[i];
    out[i] = id_offset + rows.ValueOf(entries[step >> 8], static_cast<std::uint8_t>(step));
  }
}

void BlockPath::AppendCounts(absl::Span<const std::size_t> ends, std::size_t before,
                             std::vector<std::size_t>* counts) const {
  std::size_t count = 0;
  for (const std::size_t end : ends) {
    while (count < size_ && steps_[count] >> 8 < end) ++count;
    counts->push_back(before + count);
  }
}

}  // namespace bytepiece
