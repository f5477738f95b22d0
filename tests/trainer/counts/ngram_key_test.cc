// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/ngram_key.h"

#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

template <typename Key>
std::string Bytes(Key key) {
  std::string bytes;
  for (int i = 0; i < NgramKey<Key>::Length(key); ++i) {
    bytes += static_cast<char>(NgramKey<Key>::Byte(key, i));
  }
  return bytes;
}

// The order promised: by the bytes padded with zeros, then by length.
bool KeyOrder(const std::string& a, const std::string& b) {
  std::string padded_a = a, padded_b = b;
  padded_a.resize(16, '\0');
  padded_b.resize(16, '\0');
  return padded_a != padded_b ? padded_a < padded_b : a.size() < b.size();
}

TEMPLATE_TEST_CASE("windows are the n-grams of the chunk, and keys sort like them", "",
                   std::uint64_t, unsigned __int128) {
  std::mt19937 random(5);
  for (int order = 1; order <= NgramKey<TestType>::kMaxLength; ++order) {
    std::string chunk(1 + random() % 40, '\0');
    for (char& byte : chunk) byte = static_cast<char>(random() % 3 == 0 ? 0 : random());
    std::vector<TestType> keys;
    std::size_t start = chunk.size();
    NgramKey<TestType>::ForEachWindow(chunk, order, [&](TestType key, int length) {
      const std::string expected = chunk.substr(--start, order);
      REQUIRE(Bytes(key) == expected);
      REQUIRE(length == static_cast<int>(expected.size()));
      keys.push_back(key);
    });
    REQUIRE(start == 0);
    for (const TestType a : keys) {
      for (const TestType b : keys) {
        REQUIRE((a < b) == KeyOrder(Bytes(a), Bytes(b)));
        int common = 0;
        while (common < NgramKey<TestType>::Length(a) && common < NgramKey<TestType>::Length(b) &&
               Bytes(a)[common] == Bytes(b)[common]) {
          ++common;
        }
        REQUIRE(NgramKey<TestType>::CommonPrefix(a, b) == common);
      }
    }
  }
}

}  // namespace
}  // namespace bytepiece
