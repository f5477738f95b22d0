// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/random.h"

#include <set>
#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

using Block = std::array<std::uint32_t, 4>;

// Random123's kat_vectors, "philox4x32 10".
TEST_CASE("Philox4x32-10 gives the published known answers") {
  CHECK(Philox4x32({0, 0, 0, 0}, {0, 0}) == Block{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8});
  constexpr std::uint32_t kOnes = 0xFFFFFFFF;
  CHECK(Philox4x32({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}) ==
        Block{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD});
  CHECK(Philox4x32({0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}, {0xA4093822, 0x299F31D0}) ==
        Block{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1});
}

TEST_CASE("a stream is the blocks of its key and counter, one after another") {
  RandomStream stream(0x0123456789ABCDEF, 0xFEDCBA9876543210, 7);
  for (std::uint32_t block = 0; block < 3; ++block) {
    const Block expected = Philox4x32({block, 7, 0x76543210, 0xFEDCBA98}, {0x89ABCDEF, 0x01234567});
    for (const std::uint32_t word : expected) CHECK(stream.NextUint32() == word);
  }
}

TEST_CASE("seed, document and sample each select another stream") {
  std::set<std::uint32_t> first;
  for (std::uint64_t seed : {0ull, 1ull, 1ull << 32}) {
    for (std::uint64_t document : {0ull, 1ull, 1ull << 32}) {
      for (std::uint32_t sample : {0u, 1u}) {
        first.insert(RandomStream(seed, document, sample).NextUint32());
      }
    }
  }
  CHECK(first.size() == 18);
}

TEST_CASE("a place's number is what a call gives in its turn") {
  RandomStream sequence(0x0123456789ABCDEF, 0xFEDCBA9876543210, 7);
  RandomStream places = sequence;
  for (std::uint64_t i = 0; i < 50; ++i) CHECK(places.At(i) == sequence.NextDouble());
  RandomStream moved = places;
  moved.Advance(13);
  moved.Advance(8);
  CHECK(moved.At(5) == places.At(26));
}

TEST_CASE("many places at once are the same, wherever they begin") {
  RandomStream stream(1, 2, 3);
  // The last two: around the place where the number of a block exceeds 32 bits.
  const std::uint64_t wrap = std::uint64_t{1} << 33;
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{7}, wrap - 100, wrap - 11}) {
    for (const std::size_t size : {0, 1, 2, 15, 16, 17, 64, 203}) {
      CAPTURE(first, size);
      std::vector<double> numbers(size);
      stream.Fill(first, absl::MakeSpan(numbers));
      bool same = true;
      for (std::size_t i = 0; i < size; ++i) same = same && numbers[i] == stream.At(first + i);
      CHECK(same);
    }
  }
  CHECK(stream.At(wrap) != stream.At(0));
}

TEST_CASE("doubles are in [0, 1) and use all 53 bits") {
  RandomStream stream(1, 2, 3);
  double sum = 0;
  bool odd = false;
  for (int i = 0; i < 100000; ++i) {
    const double x = stream.NextDouble();
    REQUIRE(x >= 0);
    REQUIRE(x < 1);
    sum += x;
    odd = odd || static_cast<std::uint64_t>(x * 0x1p53) % 2 == 1;
  }
  CHECK(sum / 100000 == Approx(0.5).margin(0.005));
  CHECK(odd);
}

}  // namespace
}  // namespace bytepiece
