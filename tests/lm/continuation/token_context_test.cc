// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/token_context.h"

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

TEST_CASE("a context is its tokens, however it came about") {
  const TokenContext empty;
  CHECK(empty.empty());
  CHECK(empty.size() == 0);
  CHECK(empty.Tokens().empty());
  const TokenContext whole = {1, 5, 7, 9};
  const TokenContext grown = TokenContext({1}).Then(5).Then(std::vector<TokenId>{7, 9});
  CHECK(grown == whole);
  CHECK(grown.size() == 4);
  CHECK(grown.last() == 9);
  CHECK(grown.Tokens() == std::vector<TokenId>{1, 5, 7, 9});
  CHECK(grown.Tokens(2) == std::vector<TokenId>{7, 9});
  CHECK(grown.Tokens(4).empty());
  CHECK(grown.Parent() == TokenContext({1, 5, 7}));
  CHECK_FALSE(grown == TokenContext({1, 5, 7, 8}));
  CHECK_FALSE(grown == TokenContext({2, 5, 7, 9}));
  CHECK_FALSE(grown == grown.Parent());
  CHECK(TokenContext({3}).Parent() == empty);
  absl::flat_hash_map<TokenContext, int> numbers;
  numbers[whole] = 4;
  CHECK(numbers.contains(grown));
  CHECK_FALSE(numbers.contains(grown.Parent()));
}

TEST_CASE("what two contexts have in common, shared or not") {
  const TokenContext p = {1, 5, 7};
  const TokenContext fresh = {1, 5, 7, 3};
  CHECK(CommonBeginning(p.Then(8), p.Then(9).Then(8)) == p);
  CHECK(CommonBeginning(p.Then(8), fresh) == p);
  CHECK(CommonBeginning(p, fresh) == p);
  CHECK(CommonBeginning(fresh, p.Then(3)) == fresh);
  CHECK(CommonBeginning(p, {2, 5, 7}).empty());
  CHECK(CommonBeginning(p, {}).empty());
}

TEST_CASE("a context of a million tokens comes to its end") {
  TokenContext longest(std::vector<TokenId>(1'000'000, 4));
  const TokenContext branch = longest.Then(5);
  longest = {};
  CHECK(branch.size() == 1'000'001);
}

}  // namespace
}  // namespace bytepiece::lm
