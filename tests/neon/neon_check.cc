// SPDX-License-Identifier: Apache-2.0
// The NEON kernel against the plain one, end by end: what tests/neon/run cross-builds and runs in
// an emulator. It needs nothing but the standard library and headers.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/internal/throw_delegate.h"
#include "bytepiece/matching/piece_scanner.h"
#include "bytepiece/matching/whole_rows.h"
#include "bytepiece/segmentation/last_pieces.h"
#include "bytepiece/segmentation/whole_kernel.h"

// Libraries that are not there for that processor. A bad range of a span ends the check.
namespace absl {
ABSL_NAMESPACE_BEGIN
namespace base_internal {
void ThrowStdOutOfRange(const char*) { std::abort(); }
}  // namespace base_internal
ABSL_NAMESPACE_END
}  // namespace absl

namespace simdjson {
// What the pieces here are made of is ASCII.
bool validate_utf8(const char*, std::size_t) noexcept { return true; }
}  // namespace simdjson

namespace bytepiece {
namespace {

using Random = std::mt19937_64;

std::string RandomText(std::size_t size, std::size_t rarity, Random* random) {
  std::string text;
  while (text.size() < size) text += (*random)() % rarity == 0 ? 'b' : 'a';
  return text;
}

std::set<std::string> RandomPieces(Random* random) {
  std::set<std::string> pieces;
  for (int byte = 0; byte < 256; ++byte) pieces.insert(std::string(1, static_cast<char>(byte)));
  const std::size_t longest = (*random)() % 2 == 0 ? 16 : PieceScanner::kMaxLength;
  for (std::size_t i = 2 + (*random)() % 20; i > 0; --i) {
    pieces.insert(RandomText(2 + (*random)() % (longest - 1), 9, random));
  }
  return pieces;
}

// Any scores; few values, for ties; or all or nothing, for the range.
double RandomScore(std::size_t length, std::uint64_t kind, Random* random) {
  std::uint64_t cost = (*random)() % 2048;
  if (kind == 1) cost %= 3;
  if (kind == 2) cost = length == 1 || cost % 4 == 0 ? 2047 : 0;
  return -static_cast<double>(cost) * WholeRows::kUnit;
}

bool Agree(Random* random) {
  const std::set<std::string> pieces = RandomPieces(random);
  const std::vector<std::string_view> keys(pieces.begin(), pieces.end());
  const std::uint64_t kind = (*random)() % 3;
  std::vector<double> scores;
  for (const std::string_view key : keys) scores.push_back(RandomScore(key.size(), kind, random));
  const PieceScanner scanner = PieceScanner::Build(keys, scores);
  const WholeRows rows(scanner, scores);
  if (rows.empty()) return false;
  const std::string text = RandomText(1 + (*random)() % 600, 12, random);
  std::vector<std::size_t> ends;
  for (std::size_t end = 0; end < text.size(); end += (*random)() % 200) ends.push_back(end);
  ends.push_back(text.size());
  std::vector<WholeRows::Entry> entries(text.size() + PieceScanner::kMaxLength);
  scanner.ScanEach(text, ends, entries.data());
  rows.FindEntries(absl::MakeSpan(entries.data(), text.size()));
  LastPieces plain;
  LastPieces neon;
  plain.Resize(text.size());
  neon.Resize(text.size());
  AdvanceWhole(Kernel::kPlain)(rows, entries.data(), ends, &plain);
  AdvanceWhole(Kernel::kNeon)(rows, entries.data(), ends, &neon);
  for (std::size_t end = 1; end <= text.size(); ++end) {
    if (plain.LengthOf(end) != neon.LengthOf(end)) return false;
  }
  return true;
}

}  // namespace
}  // namespace bytepiece

int main(int, char** argv) {
  using namespace bytepiece;
  if (AdvanceWhole(Kernel::kNeon) == AdvanceWhole(Kernel::kPlain)) {
    std::puts("no NEON kernel was built");
    return 1;
  }
  const long rounds = std::strtol(argv[1], nullptr, 10);
  for (long seed = 0; seed < rounds; ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    if (Agree(&random)) continue;
    std::printf("DIFFERENT: seed %ld\n", seed);
    return 1;
  }
  std::printf("%ld models and texts, the same\n", rounds);
}
