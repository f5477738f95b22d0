// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/weight_rows.h"

#include <string>
#include <utility>
#include <vector>

#include "bytepiece/model/vocabulary.h"
#include "bytepiece/segmentation/segmenter.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

using Matches = std::vector<std::pair<std::size_t, std::int32_t>>;  // length, value

Matches OfScanner(const PieceScanner& scanner, PieceScanner::State state) {
  Matches matches;
  scanner.SetOf(state).ForEach([&](int length, double, std::int32_t value) {
    matches.emplace_back(static_cast<std::size_t>(length), value);
  });
  return matches;
}

Matches OfSets(const WeightRows& sets, std::uint32_t word) {
  Matches matches;
  for (std::size_t i = 0; i < WeightRows::kRow; ++i) {
    const std::int32_t value = sets.values()[WeightRows::FirstPlace(word) + i];
    if (value >= 0) matches.emplace_back(i + 1, value);
  }
  if ((word & WeightRows::kHasLong) == 0) return matches;
  sets.ForEachLong(word, [&](std::size_t length, std::size_t place) {
    matches.emplace_back(length, sets.values()[place]);
    return true;
  });
  return matches;
}

TEST_CASE("a row has the pieces of its set, at the places of their lengths") {
  Model model = MakeMixedModel();
  model.pieces.push_back({"a piece of some length", 7});
  model.pieces.push_back({"a piece of some length, and more", 5});
  const auto vocabulary = Vocabulary::Create(MakeModel(model.pieces));
  REQUIRE(vocabulary.ok());
  const PieceScanner& scanner = vocabulary->segmenter().scanner();
  REQUIRE_FALSE(scanner.empty());
  const WeightRows sets(scanner);
  REQUIRE_FALSE(sets.empty());
  RandomText texts(3);
  const std::string text =
      texts.MutatedUtf8(20000) + "a piece of some length, and more" + texts.Bytes(5000);
  std::vector<PieceScanner::State> states(text.size() + PieceScanner::kMaxLength);
  scanner.Scan(text, 0, text.size(), states.data());
  std::size_t longest = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    CAPTURE(i);
    const Matches expected = OfScanner(scanner, states[i]);
    const std::uint32_t word = sets.WordOf(states[i]);
    REQUIRE(OfSets(sets, word) == expected);
    REQUIRE((word & WeightRows::kFree) == 0);
    for (const auto& [length, value] : expected) {
      REQUIRE(sets.values()[sets.PlaceOf(word, length)] == value);
      longest = std::max(longest, length);
    }
  }
  CHECK(longest == 32);
}

TEST_CASE("of no scanner there are no sets") {
  CHECK(WeightRows().empty());
  CHECK(WeightRows(PieceScanner()).empty());
}

}  // namespace
}  // namespace bytepiece
