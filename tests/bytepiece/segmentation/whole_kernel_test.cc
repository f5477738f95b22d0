// SPDX-License-Identifier: Apache-2.0
// Every kernel against the plain one, end by end, also of ends that are on no best path of the
// whole; and last_pieces.h, by which they say what they found.
#include "bytepiece/segmentation/whole_kernel.h"

#include <string>
#include <utility>
#include <vector>

#include "bytepiece/segmentation/last_pieces.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/whole_unigram.h"

namespace bytepiece {
namespace {

// The lengths of the last pieces of all ends; also that the entries are as they were.
std::vector<std::size_t> Lengths(const WholeUnigram& model, Kernel kernel, const std::string& text,
                                 const std::vector<std::size_t>& ends) {
  std::vector<WholeRows::Entry> entries(text.size() + PieceScanner::kMaxLength);
  model.scanner.ScanEach(text, ends, entries.data());
  model.rows.FindEntries(absl::MakeSpan(entries.data(), text.size()));
  const std::vector<WholeRows::Entry> before = entries;
  LastPieces last;
  last.Resize(text.size());
  AdvanceWhole(kernel)(model.rows, entries.data(), ends, &last);
  REQUIRE(entries == before);
  std::vector<std::size_t> lengths;
  for (std::size_t end = 1; end <= text.size(); ++end) lengths.push_back(last.LengthOf(end));
  return lengths;
}

TEST_CASE("whole kernels: the same last piece of every end, of one chunk and of many") {
  const std::uint64_t seed = 51966;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 90; ++i) {
    CAPTURE(i);
    const std::size_t longest = i % 3 == 0 ? 16 : i % 3 == 1 ? 20 : PieceScanner::kMaxLength;
    std::vector<ScoredPiece> pieces = LongPieces(longest, &random);
    pieces = i % 2 == 0 ? WithWholeScores(std::move(pieces), i % 4 == 0 ? -2 : -2047, &random)
                        : WithExtremeScores(std::move(pieces), &random);
    const WholeUnigram model(std::move(pieces));
    for (const std::size_t size : {1, 17, 800}) {
      const std::string text = random.Over("aaaaaaaaaaaab", size);
      std::vector<std::size_t> many;
      for (std::size_t end = 0; end < size; end += random.Below(70)) many.push_back(end);
      many.push_back(size);
      for (const std::vector<std::size_t>& ends : {std::vector<std::size_t>{size}, many}) {
        const std::vector<std::size_t> plain = Lengths(model, Kernel::kPlain, text, ends);
        for (const Kernel kernel : KernelsHere()) {
          CAPTURE(static_cast<int>(kernel), size, ends.size());
          REQUIRE(Lengths(model, kernel, text, ends) == plain);
        }
      }
    }
  }
}

TEST_CASE("whole kernels: a kernel that is not here is the plain one") {
  for (const Kernel kernel : {Kernel::kSse4, Kernel::kAvx2, Kernel::kAvx512, Kernel::kNeon}) {
    REQUIRE(AdvanceWhole(kernel) != nullptr);
  }
  for (const Kernel kernel : KernelsHere()) {
    if (kernel != Kernel::kPlain) CHECK(AdvanceWhole(kernel) != AdvanceWhole(Kernel::kPlain));
  }
}

TEST_CASE("last pieces: the nearest start has the last word, and a long piece takes it away") {
  LastPieces last;
  last.Resize(20);
  std::uint8_t* const better = last.better();
  std::fill(better - LastPieces::kDiagonal, better + 20, std::uint8_t{0});
  better[2] = 0b10000001;  // to 3 and to 10
  better[7] = 0b00000100;  // to 10
  CHECK(last.LengthOf(3) == 1);
  CHECK(last.LengthOf(10) == 3);
  better[7] = 0;
  CHECK(last.LengthOf(10) == 8);
  last.long_lengths()[9] = 10;
  CHECK(last.LengthOf(10) == 8);
  LastPieces::TakeLong(better, 10);
  CHECK(last.LengthOf(10) == 10);
  CHECK(last.LengthOf(3) == 1);
}

}  // namespace
}  // namespace bytepiece
