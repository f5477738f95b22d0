// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/prefix/prefix_index.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

// The definition: looks at every piece.
std::vector<TokenId> Scan(const Vocabulary& vocabulary, std::string_view prefix) {
  std::vector<TokenId> ids;
  for (TokenId id = kFirstPieceId; id < vocabulary.end_of_pieces(); ++id) {
    if (vocabulary.PieceBytes(id).starts_with(prefix)) ids.push_back(id);
  }
  return ids;
}

TEST_CASE("the pieces that start with given bytes are those that a scan finds") {
  const absl::StatusOr<Vocabulary> vocabulary = Vocabulary::Create(MakeMixedModel());
  REQUIRE(vocabulary.ok());
  const PrefixIndex index(&*vocabulary);

  std::vector<std::string> prefixes = {"", "\n", "\xFF", "\xFF\xFF", "\xFF\xFE", "the", "the end"};
  RandomText random(7);
  for (int i = 0; i < 300; ++i) {
    const std::size_t choice = random.Below(static_cast<std::size_t>(vocabulary->num_pieces()));
    const std::string_view piece =
        vocabulary->PieceBytes(kFirstPieceId + static_cast<TokenId>(choice));
    std::string prefix(piece.substr(0, 1 + random.Below(piece.size())));
    if (random.Below(4) == 0) prefix.back() = static_cast<char>(random.Below(256));
    prefixes.push_back(prefix);
  }
  for (const std::string& prefix : prefixes) {
    CAPTURE(prefix);
    const std::vector<TokenId> expected = Scan(*vocabulary, prefix);
    REQUIRE(index.PiecesById(prefix) == expected);

    const absl::Span<const TokenId> by_bytes = index.Pieces(prefix);
    REQUIRE(std::is_sorted(by_bytes.begin(), by_bytes.end(), [&](TokenId a, TokenId b) {
      return vocabulary->PieceBytes(a) < vocabulary->PieceBytes(b);
    }));
    REQUIRE(by_bytes.size() == expected.size());
  }
  REQUIRE(index.Pieces("").size() == static_cast<std::size_t>(vocabulary->num_pieces()));
}

}  // namespace
}  // namespace bytepiece
