// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/piece_scanner.h"

#include <algorithm>

#include "bytepiece/piece_scanner_builder.h"

namespace bytepiece {
namespace {

// A part of the text on its way, read from its end.
struct Stream {
  std::uint64_t unit;
  std::size_t position;  // of the byte to read next, + 1
  std::size_t begin;     // where it is done
};

// One step of a stream: to the child by the byte before `position`, or else to
// the state to fall back to, without moving. The state is stored each time; the
// last one stored for a position is its state.
inline void Step(const std::uint64_t* units, const char* text, std::uint32_t* states,
                 std::uint64_t* unit, std::size_t* position) {
  const auto byte = static_cast<unsigned char>(text[*position - 1]);
  const auto child = static_cast<std::uint32_t>(*unit >> 40) ^ byte;
  const auto fallback = static_cast<std::uint32_t>(*unit);
  const std::uint64_t child_unit = units[child];
  const std::uint64_t fallback_unit = units[fallback];
  // Ones if the child exists. Computed, not chosen: a branch would be mispredicted
  // at every other byte.
  const std::uint64_t found =
      std::uint64_t{0} - (static_cast<unsigned char>(child_unit >> 32) == byte ? 1 : 0);
  states[*position - 1] = fallback ^ ((child ^ fallback) & static_cast<std::uint32_t>(found));
  *unit = fallback_unit ^ ((child_unit ^ fallback_unit) & found);
  *position += found;
}

// Steps all streams until one is done.
template <int kStreams>
void ScanTogether(const std::uint64_t* units, const char* text, std::uint32_t* states,
                  Stream* streams) {
  std::uint64_t unit[kStreams];
  std::size_t position[kStreams];
  for (int i = 0; i < kStreams; ++i) {
    unit[i] = streams[i].unit;
    position[i] = streams[i].position;
  }
  for (;;) {
    std::size_t steps = position[0] - streams[0].begin;
    for (int i = 1; i < kStreams; ++i) steps = std::min(steps, position[i] - streams[i].begin);
    if (steps == 0) break;
    for (; steps > 0; --steps) {
#pragma GCC unroll 16
      for (int i = 0; i < kStreams; ++i) Step(units, text, states, &unit[i], &position[i]);
    }
  }
  for (int i = 0; i < kStreams; ++i) {
    streams[i].unit = unit[i];
    streams[i].position = position[i];
  }
}

// As many as it takes to hide the latency of the second-level cache.
constexpr int kStreams = 8;

}  // namespace

PieceScanner PieceScanner::Build(absl::Span<const std::string_view> pieces,
                                 absl::Span<const double> scores) {
  return PieceScannerBuilder(pieces, scores).Build();
}

void PieceScanner::Scan(std::string_view text, std::size_t begin, std::size_t end,
                        State* states) const {
  State* const by_position = states - begin;
  const std::uint64_t* const units = units_.data();
  const std::size_t size = end - begin;
  const std::size_t overlap = max_length_ - 1;
  Stream streams[kStreams];
  const bool together = size >= kStreams * 4 * (overlap + 16);
  const int used = together ? kStreams : 1;
  // What is read before a stream's own part goes right of it, where the next
  // stream's states belong: so that part is read first, and into thin air.
  State unused[kMaxLength];
  for (int i = 0; i < used; ++i) {
    const std::size_t stream_end = begin + size * (i + 1) / used;
    const std::size_t from = std::min(stream_end + overlap, text.size());
    Stream& stream = streams[i];
    stream = {units[0], from, begin + size * i / used};
    while (stream.position > stream_end) {
      Step(units, text.data() + stream_end, unused, &stream.unit, &(stream.position -= stream_end));
      stream.position += stream_end;
    }
  }
  if (together) ScanTogether<kStreams>(units, text.data(), by_position, streams);
  for (int i = 0; i < used; ++i) ScanTogether<1>(units, text.data(), by_position, &streams[i]);
}

}  // namespace bytepiece
