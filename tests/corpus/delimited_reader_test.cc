// SPDX-License-Identifier: Apache-2.0
#include "corpus/delimited_reader.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

// Gives its bytes in pieces of random size, so that delimiters meet every
// boundary.
class ChoppedStream : public ByteStream {
 public:
  ChoppedStream(std::string bytes, std::size_t most, std::uint64_t seed)
      : bytes_(std::move(bytes)), most_(most), random_(seed) {}

  absl::StatusOr<std::size_t> Read(char* bytes, std::size_t size) override {
    const std::size_t left = bytes_.size() - position_;
    const std::size_t n = std::min({left, size, 1 + random_() % most_});
    std::memcpy(bytes, bytes_.data() + position_, n);
    position_ += n;
    return n;
  }
  std::int64_t consumed() const override { return static_cast<std::int64_t>(position_); }

 private:
  std::string bytes_;
  std::size_t most_;
  std::mt19937_64 random_;
  std::size_t position_ = 0;
};

std::vector<std::string> Parts(const std::string& text, const std::string& delimiter,
                               std::size_t most = 1 << 20, std::uint64_t seed = 1) {
  DelimitedReader reader(std::make_unique<ChoppedStream>(text, most, seed), delimiter);
  std::vector<std::string> parts;
  std::string part;
  while (reader.Next(&part).value()) parts.push_back(part);
  CHECK(part.empty());
  return parts;
}

// The definition, over the whole text at once.
std::vector<std::string> Cut(std::string text, const std::string& delimiter) {
  std::vector<std::string> parts;
  for (std::size_t at; (at = text.find(delimiter)) != std::string::npos;) {
    parts.push_back(text.substr(0, at));
    text.erase(0, at + delimiter.size());
  }
  if (!text.empty()) parts.push_back(text);
  return parts;
}

using Strings = std::vector<std::string>;

TEST_CASE("parts end at the delimiter or at the end") {
  CHECK(Parts("", "\n") == Strings{});
  CHECK(Parts("\n", "\n") == Strings{""});
  CHECK(Parts("a\nb", "\n") == Strings{"a", "b"});
  CHECK(Parts("a\nb\n", "\n") == Strings{"a", "b"});
  CHECK(Parts("a\n\n\nb", "\n") == Strings{"a", "", "", "b"});
  CHECK(Parts("a<>b<>", "<>") == Strings{"a", "b"});
  CHECK(Parts("a<b<>>", "<>") == Strings{"a<b", ">"});
}

TEST_CASE("random texts over a tiny alphabet, chopped at random") {
  std::mt19937_64 random(20260101);
  for (int i = 0; i < 3000; ++i) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = "ab"[random() % 2];
    const std::string delimiter = Strings{"a", "ab", "aa", "aba", "aab"}[random() % 5];
    const std::size_t most = 1 + random() % 5;
    INFO("text " << text << ", delimiter " << delimiter << ", reads of up to " << most);
    REQUIRE(Parts(text, delimiter, most, i) == Cut(text, delimiter));
  }
}

TEST_CASE("a part of 100 MB between short ones") {
  const std::string large(100'000'000, 'x');
  const std::vector<std::string> parts = Parts("a\n" + large + "\nb", "\n", 1 << 18);
  REQUIRE(parts.size() == 3);
  CHECK(parts[1] == large);
  CHECK(parts[2] == "b");
}

}  // namespace
}  // namespace bytepiece
