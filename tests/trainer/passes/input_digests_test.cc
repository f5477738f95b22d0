// SPDX-License-Identifier: Apache-2.0
#include "trainer/passes/input_digests.h"

#include <string>
#include <utility>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

using Deliveries = std::vector<std::pair<std::size_t, std::string>>;

InputDigests DigestsOf(const Deliveries& deliveries) {
  InputHasher hasher;
  for (const auto& [input, part] : deliveries) hasher.Add(input, part);
  return hasher.digests();
}

class TwoFiles : public VectorSource {
 public:
  TwoFiles() : VectorSource({}) {}
  std::string input_name(std::size_t input) const override { return input == 0 ? "a" : "b"; }
};

std::string Error(const Deliveries& before, const Deliveries& now) {
  return std::string(CheckSameInputs(TwoFiles(), DigestsOf(before), DigestsOf(now)).message());
}

TEST_CASE("equal deliveries have equal digests, and what differs has others") {
  const Deliveries one = {{0, "ab"}, {0, "c"}, {2, "d"}};
  CHECK(DigestsOf(one) == DigestsOf(one));
  CHECK(DigestsOf(one).size() == 3);
  for (const Deliveries& other :
       {Deliveries{{0, "a"}, {0, "bc"}, {2, "d"}}, Deliveries{{0, "ab"}, {0, "c"}, {1, "d"}},
        Deliveries{{0, "ab"}, {0, "c"}, {2, "e"}}, Deliveries{{0, "ab"}, {0, "c"}},
        Deliveries{{0, "ab"}, {0, "c"}, {2, "d"}, {2, ""}}}) {
    CHECK(DigestsOf(one) != DigestsOf(other));
  }
}

TEST_CASE("a digest so far is that of a reading which ends there") {
  InputHasher hasher;
  Deliveries so_far;
  for (const auto& [input, part] : Deliveries{{0, "ab"}, {0, "c"}, {1, "d"}, {1, ""}}) {
    hasher.Add(input, part);
    so_far.push_back({input, part});
    CHECK(hasher.digests() == DigestsOf(so_far));
  }
}

TEST_CASE("the first input that differs is named") {
  const Deliveries before = {{0, "x"}, {1, "y"}};
  CHECK(Error(before, before).empty());
  CHECK_THAT(Error(before, {{0, "z"}, {1, "y"}}), Contains("a has changed since"));
  CHECK_THAT(Error(before, {{0, "x"}, {1, "z"}}), Contains("b has changed since"));
  CHECK_THAT(Error(before, {{0, "x"}}), Contains("b has changed since"));
  CHECK_THAT(Error({{0, "x"}}, before), Contains("b has changed since"));
  CHECK_THAT(Error(before, {{0, "x"}, {1, "y"}, {1, "more"}}), Contains("b has changed since"));
}

}  // namespace
}  // namespace bytepiece
