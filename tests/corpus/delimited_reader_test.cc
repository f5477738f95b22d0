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
  DocumentPart part;
  while (reader.Next(&part).value()) {
    CHECK((part.begins_document && part.ends_document && !part.cut_anywhere));
    parts.push_back(part.text);
  }
  CHECK(part.text.empty());
  return parts;
}

std::vector<DocumentPart> CutParts(const std::string& text, const std::string& delimiter,
                                   const PartOptions& options, std::size_t most,
                                   std::uint64_t seed) {
  DelimitedReader reader(std::make_unique<ChoppedStream>(text, most, seed), delimiter, options);
  std::vector<DocumentPart> parts(1);
  while (reader.Next(&parts.back()).value()) parts.emplace_back();
  parts.pop_back();
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

TEST_CASE("documents in parts are the same documents, cut alike however they are read") {
  std::mt19937_64 random(20260103);
  for (int i = 0; i < 3000; ++i) {
    std::string text(random() % 60, ' ');
    for (char& c : text) c = "ab\n|"[random() % 4];
    const std::string delimiter = Strings{"", "|", "||", "\n"}[random() % 4];
    PartOptions options;
    options.part_bytes = random() % 2 == 0 ? 0 : 1 + random() % 10;
    options.long_line_bytes = random() % 2 == 0 ? 0 : 1 + options.part_bytes + random() % 10;
    options.long_lines = LongLines::kAnywhere;
    INFO("text " << text << ", delimiter " << delimiter << ", parts of " << options.part_bytes
                 << ", lines of " << options.long_line_bytes);
    Strings joined;
    const std::vector<DocumentPart> parts = CutParts(text, delimiter, options, 1 + random() % 5, i);
    for (const DocumentPart& part : parts) {
      REQUIRE(part.begins_document == (joined.empty() || (&part)[-1].ends_document));
      if (part.begins_document) joined.emplace_back();
      joined.back() += part.text;
      REQUIRE((!part.cut_anywhere || !part.ends_document));
      // A cut that was not forced stands after the newlines.
      if (!part.ends_document && !part.cut_anywhere) {
        REQUIRE(part.text.ends_with('\n'));
        REQUIRE_FALSE((&part)[1].text.starts_with('\n'));
        REQUIRE(part.text.size() >= options.part_bytes);
      }
      if (options.long_line_bytes > 0) REQUIRE(part.text.size() <= options.long_line_bytes);
    }
    REQUIRE(joined == (delimiter.empty() ? Strings{text} : Cut(text, delimiter)));
    const std::vector<DocumentPart> again = CutParts(text, delimiter, options, 100, i);
    REQUIRE(again.size() == parts.size());
    for (std::size_t j = 0; j < parts.size(); ++j) REQUIRE(again[j].text == parts[j].text);
  }
}

TEST_CASE("a long line for training is cut between chunks") {
  PartOptions options;
  options.part_bytes = 20'000;
  options.long_line_bytes = 25'000;
  options.long_lines = LongLines::kTrainingChunks;
  const std::string line(70'000, 'x');
  Strings sizes;
  for (const DocumentPart& part : CutParts(line + "\nend", "", options, 1000, 1)) {
    sizes.push_back(std::to_string(part.text.size()) + (part.ends_document ? "." : ""));
    CHECK_FALSE(part.cut_anywhere);
  }
  CHECK(sizes == Strings{"20000", "20000", "20000", "10004."});
}

TEST_CASE("what must not be held is an error, and can be skipped") {
  PartOptions options;
  options.most_held_bytes = 10;
  const std::string text = "short\n" + std::string(100'000, 'x') + "\n0123456789\nend";
  DelimitedReader reader(std::make_unique<ChoppedStream>(text, 1000, 1), "\n", options);
  DocumentPart part;
  REQUIRE(reader.Next(&part).value());
  CHECK(absl::IsOutOfRange(reader.Next(&part).status()));
  REQUIRE(reader.SkipDocument().ok());
  REQUIRE(reader.Next(&part).value());
  CHECK(part.text == "0123456789");
  REQUIRE(reader.Next(&part).value());
  CHECK(part.text == "end");
  CHECK_FALSE(reader.Next(&part).value());
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
