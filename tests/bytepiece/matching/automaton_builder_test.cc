// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/automaton_builder.h"

#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

absl::Status BuildError(const std::vector<std::string_view>& keys) {
  return AutomatonBuilder(keys, {}).Build();
}

TEST_CASE("keys that do not ascend strictly, or are empty, are refused") {
  CHECK(BuildError({}).ok());
  CHECK(BuildError({"a", "ab", "b"}).ok());
  CHECK(absl::IsInvalidArgument(BuildError({"b", "a"})));
  CHECK(absl::IsInvalidArgument(BuildError({"a", "a"})));
  CHECK(absl::IsInvalidArgument(BuildError({"", "a"})));
}

TEST_CASE("few units stay unused") {
  RandomText random(11);
  const std::string text = random.ValidUtf8(200'000);
  std::set<std::string> keys;
  std::set<std::string> prefixes;
  for (int i = 0; i < 20'000; ++i) {
    keys.insert(text.substr(random.Below(text.size() - 20), 1 + random.Below(12)));
  }
  for (const std::string& key : keys) {
    for (std::size_t n = 1; n <= key.size(); ++n) prefixes.insert(key.substr(0, n));
  }
  const std::vector<std::string_view> sorted(keys.begin(), keys.end());
  AutomatonBuilder builder(sorted, {});
  REQUIRE(builder.Build().ok());
  const std::size_t units = builder.Take().num_units();
  CHECK(units > prefixes.size());
  CHECK(units < prefixes.size() * 11 / 10);
}

}  // namespace
}  // namespace bytepiece
