// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/piece_scanner.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "bytepiece/matching/piece_scanner_builder.h"

namespace bytepiece {
namespace {

// Parts of a text read at once: as many as it takes to hide the latency of the
// second-level cache, fewer for short texts.
constexpr int kMostStreams = 14;
constexpr int kFewStreams = 4;

// A header's stride stands above all else.
constexpr std::uint64_t kStrideUnit = std::uint64_t{1} << 24;

// More than these no base of 24 bits reaches.
constexpr std::size_t kMaxUnits = std::size_t{1} << 24;

}  // namespace

// To the child by the byte before the position, or else to the state to fall back
// to, without moving. The state is stored each time; the last one stored for a
// position is its state.
//
// The choice must not be a branch: it would be mispredicted at every other byte.
inline void PieceScanner::Step(const Unit* units, const char* text, State* states, Unit* unit,
                               std::size_t* left) {
  const std::size_t next = *left - 1;
  const std::uint64_t byte = static_cast<unsigned char>(text[next]);
#ifdef __x86_64__
  // No form of it in C++ keeps GCC from a branch or twice the instructions.
  std::uint64_t state = *unit;
  std::uint64_t fallback;
  asm("movl %k[state], %k[fallback]\n\t"
      "shrq $40, %[state]\n\t"
      "xorq %[byte], %[state]\n\t"
      "cmpb %b[byte], 4(%[units],%[state],8)\n\t"
      "cmovneq %[fallback], %[state]\n\t"
      "cmoveq %[next], %[left]\n\t"
      "movq (%[units],%[state],8), %[unit]"
      : [state] "+&r"(state), [fallback] "=&r"(fallback), [unit] "=r"(*unit), [left] "+&r"(*left)
      : [byte] "q"(byte), [units] "r"(units), [next] "r"(next),
        "m"(*reinterpret_cast<const Unit(*)[kMaxUnits]>(units))
      : "cc");
#else
  std::uint64_t state = (*unit >> 40) ^ byte;
  const std::uint64_t fallback = static_cast<std::uint32_t>(*unit);
  const std::uint64_t found =
      std::uint64_t{0} - (static_cast<unsigned char>(units[state] >> 32) == byte ? 1 : 0);
  state = fallback ^ ((state ^ fallback) & found);
  *unit = units[state];
  *left += found;
#endif
  states[next] = static_cast<State>(state);
}

// Reads [0, size) of `text`, after which `overlap` bytes may matter, in parts.
//
// A part begins to be read `overlap` bytes to the right of its end, in the next
// part, so that its states are right from its end on. The states stored on the
// way are wrong, but the next part's stream comes by later: the detour takes at
// most 2 x overlap steps (a state has no more fallbacks before it than bytes), and
// the other stream at least length - overlap, so parts are 3 x overlap long.
//
// A stream that is done takes half of the longest part left, or, where that is too
// short, repeats it in step with its own stream.
template <int kStreams>
void PieceScanner::ScanTogether(const char* text, std::size_t size, std::size_t beyond,
                                State* states) const {
  const Unit* const units = units_.data();
  const std::size_t overlap = max_length_ - 1;
  Unit unit[kStreams];
  std::size_t left[kStreams];   // bytes of the text before the position reached
  std::size_t begin[kStreams];  // done when no more are left
  for (int i = 0; i < kStreams; ++i) {
    unit[i] = units[0];
    left[i] = size * (i + 1) / kStreams + (i + 1 == kStreams ? beyond : overlap);
    begin[i] = size * i / kStreams;
  }
  for (;;) {
    std::size_t least = left[0] - begin[0];
    int longest = 0;
    for (int i = 1; i < kStreams; ++i) {
      least = std::min(least, left[i] - begin[i]);
      if (left[i] - begin[i] > left[longest] - begin[longest]) longest = i;
    }
    for (std::size_t steps = least; steps > 0; --steps) {
#pragma GCC unroll 16
      for (int i = 0; i < kStreams; ++i) Step(units, text, states, &unit[i], &left[i]);
    }
    if (least > 0) continue;
    const std::size_t longest_left = left[longest] - begin[longest];
    if (longest_left == 0) break;
    const bool splits = longest_left >= 6 * overlap + kStreams;
    for (int i = 0; i < kStreams; ++i) {
      if (left[i] != begin[i]) continue;
      begin[i] = begin[longest];
      if (splits) {
        begin[longest] += longest_left / 2;
        left[i] = begin[longest] + overlap;
        unit[i] = units[0];
        break;
      }
      left[i] = left[longest];
      unit[i] = unit[longest];
    }
  }
}

PieceScanner PieceScanner::Build(absl::Span<const std::string_view> pieces,
                                 absl::Span<const double> scores) {
  return PieceScannerBuilder(pieces, scores).Build();
}

void PieceScanner::Scan(std::string_view text, std::size_t begin, std::size_t end,
                        State* states) const {
  const std::size_t size = end - begin;
  const std::size_t overlap = max_length_ - 1;
  const std::size_t beyond = std::min(overlap, text.size() - end);
  const char* const from = text.data() + begin;
  if (size >= kMostStreams * (3 * overlap + 1)) {
    ScanTogether<kMostStreams>(from, size, beyond, states);
  } else if (size >= kFewStreams * (3 * overlap + 1)) {
    ScanTogether<kFewStreams>(from, size, beyond, states);
  } else {
    ScanTogether<1>(from, size, beyond, states);
  }
}

// Each stream reads a string of its own and, when that is done, takes the next
// one. The last few, when there is no next one, are read to their ends in turn.
void PieceScanner::ScanEach(std::string_view text, absl::Span<const std::size_t> ends,
                            State* states) const {
  const Unit* const units = units_.data();
  std::size_t next = 0;   // string to be taken
  std::size_t taken = 0;  // bytes: the end of the string before
  Unit unit[kMostStreams];
  std::size_t left[kMostStreams];
  std::size_t begin[kMostStreams];
  const auto take = [&](int i) {
    while (next < ends.size() && ends[next] == taken) ++next;
    if (next == ends.size()) return false;
    unit[i] = units[0];
    begin[i] = taken;
    left[i] = taken = ends[next++];
    return true;
  };
  int streams = 0;
  while (streams < kMostStreams && take(streams)) ++streams;
  for (bool more = streams == kMostStreams; more;) {
#pragma GCC unroll 16
    for (int i = 0; i < kMostStreams; ++i) {
      if (left[i] != begin[i])
        Step(units, text.data(), states, &unit[i], &left[i]);
      else if (!take(i))
        more = false;
    }
  }
  for (int i = 0; i < streams; ++i) {
    while (left[i] != begin[i]) Step(units, text.data(), states, &unit[i], &left[i]);
  }
}

bool PieceScanner::TablesFit(std::size_t num_values) const {
  if (empty()) return true;
  if (units_.size() % kBlockSize != 0 || units_.size() > kMaxUnits ||
      sets_.size() != units_.size() || max_length_ == 0 || max_length_ > kMaxLength) {
    return false;
  }
  bool fit = true;
  for (const Unit unit : units_.span()) {
    fit &= unit >> 40 < units_.size() && static_cast<std::uint32_t>(unit) < units_.size();
  }
  return fit && SetsFit(num_values);
}

// Whether the sets lie one after the other up to the words read past them, all
// units' are among them, and their lengths and values are such.
bool PieceScanner::SetsFit(std::size_t num_values) const {
  if (words_.size() != values_.size() + MatchSet::kMaxShort) return false;
  std::vector<bool> begins(values_.size());
  bool fit = true;
  for (std::size_t at = 0; at < values_.size();) {
    begins[at] = true;
    const std::uint64_t header = words_[at];
    const std::size_t num_short = header >> 16 & 0xFF;
    const std::size_t num_long = header >> 8 & 0xFF;
    if (num_short != MatchSet::kBitCount[header & 0xFF] ||
        num_short + 2 * num_long >= values_.size() - at) {
      return false;
    }
    ++at;
    for (std::size_t i = 0; i < num_short; ++i, at += 1) {
      fit &= static_cast<std::uint32_t>(values_[at]) < num_values;
    }
    for (std::size_t i = 0; i < num_long; ++i, at += 2) {
      fit &= static_cast<std::uint32_t>(values_[at]) < num_values;
      fit &= words_[at + 1] > MatchSet::kMaxShort && words_[at + 1] <= max_length_;
    }
  }
  for (const std::uint32_t set : sets_.span()) fit &= set < begins.size() && begins[set];
  return fit;
}

void PieceScanner::SetScores(absl::Span<const double> scores) {
  LargeVector<std::uint64_t> words = words_.Thaw();
  const std::size_t end = words.size() - MatchSet::kMaxShort;  // what is read past a set
  for (std::size_t at = 0; at < end;) {
    const MatchSet set(words.data(), values_.data(), static_cast<std::uint32_t>(at));
    const int num_short = set.num_short();
    const int num_long = set.num_long();
    words[at] = words[at] % kStrideUnit + kStrideUnit;
    ++at;
    for (int i = 0; i < num_short; ++i, at += 1) {
      words[at] = std::bit_cast<std::uint64_t>(scores[values_[at]]);
    }
    for (int i = 0; i < num_long; ++i, at += 2) {
      words[at] = std::bit_cast<std::uint64_t>(scores[values_[at]]);
    }
  }
  words_ = FrozenArray(std::move(words));
}

}  // namespace bytepiece
