// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/automaton.h"

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

Automaton MustBuild(const std::set<std::string>& keys) {
  const std::vector<std::string_view> sorted(keys.begin(), keys.end());
  absl::StatusOr<Automaton> automaton = Automaton::Build(sorted);
  REQUIRE(automaton.ok());
  return *std::move(automaton);
}

// Every walk agrees with the set of keys: a byte leads on exactly if some key
// has that prefix, and a state has a value exactly if its prefix is a key.
void CheckAgainst(const std::set<std::string>& keys, const Automaton& automaton) {
  std::map<std::string, Automaton::State> states = {{"", Automaton::kRoot}};
  std::set<Automaton::State> distinct = {Automaton::kRoot};
  std::int32_t value = 0;
  for (const std::string& key : keys) {
    CHECK(automaton.Find(key) == value++);
    for (std::size_t n = 1; n <= key.size(); ++n) {
      const std::string prefix = key.substr(0, n);
      Automaton::State state = states.at(key.substr(0, n - 1));
      REQUIRE(automaton.Step(&state, static_cast<unsigned char>(key[n - 1])));
      if (states.emplace(prefix, state).second) REQUIRE(distinct.insert(state).second);
      REQUIRE(states.at(prefix) == state);
    }
  }
  for (const auto& [prefix, state] : states) {
    REQUIRE(automaton.HasValue(state) == keys.contains(prefix));
    for (int byte = 0; byte < 256; ++byte) {
      Automaton::State next = state;
      const bool exists = automaton.Step(&next, static_cast<unsigned char>(byte));
      REQUIRE(exists == states.contains(prefix + static_cast<char>(byte)));
    }
  }
}

TEST_CASE("the automaton holds exactly its keys") {
  CheckAgainst({}, MustBuild({}));
  CheckAgainst({std::string(1, '\0')}, MustBuild({std::string(1, '\0')}));
  const std::set<std::string> nested = {"a", "ab", "abc", "b", std::string("a\0", 2), "\xFF\xFF"};
  CheckAgainst(nested, MustBuild(nested));

  for (const std::uint32_t seed : {1u, 2u, 3u, 4u}) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const int alphabet = seed % 2 == 0 ? 256 : 3;
    std::set<std::string> keys;
    for (int i = 0; i < 3000; ++i) {
      std::string key(1 + random() % 9, '\0');
      for (char& byte : key) byte = static_cast<char>(random() % alphabet);
      keys.insert(key);
    }
    CheckAgainst(keys, MustBuild(keys));
  }
}

TEST_CASE("all single bytes and a long key fit") {
  std::set<std::string> keys = {std::string(65535, 'x')};
  for (int byte = 0; byte < 256; ++byte) keys.insert(std::string(1, static_cast<char>(byte)));
  const Automaton automaton = MustBuild(keys);
  std::int32_t value = 0;
  for (const std::string& key : keys) CHECK(automaton.Find(key) == value++);
  CHECK(automaton.Find(std::string(65534, 'x')) == Automaton::kNoValue);
  CHECK(automaton.Find(std::string(65536, 'x')) == Automaton::kNoValue);
}

TEST_CASE("given values are returned, and keys out of order refused") {
  const std::vector<std::string_view> keys = {"a", "b"};
  const std::vector<std::int32_t> values = {7, 3};
  const absl::StatusOr<Automaton> automaton = Automaton::Build(keys, values);
  REQUIRE(automaton.ok());
  CHECK(automaton->Find("a") == 7);
  CHECK(automaton->Find("b") == 3);
  const std::vector<std::string_view> descending = {"b", "a"}, repeated = {"a", "a"}, empty = {""};
  CHECK_FALSE(Automaton::Build(descending).ok());
  CHECK_FALSE(Automaton::Build(repeated).ok());
  CHECK_FALSE(Automaton::Build(empty).ok());
}

}  // namespace
}  // namespace bytepiece
