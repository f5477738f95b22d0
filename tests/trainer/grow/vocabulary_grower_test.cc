// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/vocabulary_grower.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

using Documents = std::vector<std::string>;

std::vector<Piece> Bytes() {
  std::vector<Piece> pieces;
  for (int byte = 0; byte < 256; ++byte)
    pieces.push_back({std::string(1, static_cast<char>(byte)), 1});
  return pieces;
}

// A grower from single bytes and the characters of `text` alone.
class Growing {
 public:
  Growing(const Documents& documents, const TrainerSpec& spec, const std::string& characters = "")
      : spec_(spec), source_(documents), store_(dir_.path()) {
    GrowerOptions options;
    options.counting.spec = &spec_;
    options.counting.budget = *DivideMemory(std::int64_t{1} << 30, 1);
    options.store = &store_;
    for (const std::string& text : documents) {
      options.corpus_bytes += static_cast<std::int64_t>(text.size());
    }
    VectorSource with_characters({characters});
    absl::StatusOr<CharacterCounts> counts =
        CharacterCounts::Create(&with_characters, options.counting);
    grower_.emplace(&source_, options, *std::move(counts), Bytes());
  }

  VocabularyGrower* operator->() { return &*grower_; }

  std::map<std::string, std::int64_t> Counts() const {
    std::map<std::string, std::int64_t> counts;
    for (const Piece& piece : grower_->Pieces()) counts[piece.bytes] = piece.count;
    return counts;
  }

 private:
  TrainerSpec spec_;
  VectorSource source_;
  TempDir dir_;
  TemporaryRuns store_;
  std::optional<VocabularyGrower> grower_;
};

TEST_CASE("a piece's length doubles in a round, to the words of the text") {
  RandomText random(3);
  const std::vector<std::string> words = {"grows", "shrinks", "stays"};
  Documents documents;
  for (int i = 0; i < 100; ++i) {
    documents.push_back("");
    for (int k = 0; k < 20; ++k) documents.back() += words[random.Below(3)] + ' ';
  }
  Growing growing(documents, {});
  REQUIRE(growing->Grow(400).ok());
  REQUIRE(growing->ShrinkTo(400).ok());
  const std::map<std::string, std::int64_t> counts = growing.Counts();
  CHECK(counts.size() <= 400);
  bool bridges_a_space = false;
  for (const auto& [bytes, count] : counts) {
    CHECK(count > 0);
    bridges_a_space |= bytes.find(' ') != std::string::npos && bytes.find(' ') + 1 < bytes.size();
  }
  CHECK(bridges_a_space);

  // Eight letters a piece at most: three doublings.
  std::size_t longest = 0;
  for (const auto& [bytes, count] : counts) longest = std::max(longest, bytes.size());
  CHECK(longest <= 8);
}

TEST_CASE("shrinking keeps single bytes and what is used most, and counts are of the result") {
  Documents documents(200, "abab");
  documents.insert(documents.end(), 50, "xyxy");
  documents.insert(documents.end(), 2, "q!q!");
  Growing growing(documents, {});
  REQUIRE(growing->Grow(300).ok());
  REQUIRE(growing->ShrinkTo(258).ok());
  const std::map<std::string, std::int64_t> counts = growing.Counts();
  CHECK(counts.size() == 258);
  CHECK(counts.at("abab") == 200);
  CHECK(counts.at("xyxy") == 50);
  CHECK(counts.at("q") == 4);
  CHECK(counts.at("a") == 1);  // not used; bytes stay
  REQUIRE(growing->ShrinkTo(257).ok());
  CHECK(growing.Counts().size() == 257);
  CHECK(growing.Counts().at("x") == 100);
  REQUIRE(growing->ShrinkTo(256).ok());
  CHECK(growing.Counts().at("a") == 400);
}

TEST_CASE("the pieces that coverage asks for stay, whatever uses them") {
  // The characters always stand together, beside more words than there is room for.
  Documents documents;
  for (char a = 'a'; a <= 't'; ++a) {
    documents.insert(documents.end(), 20, std::string("\u4E2D\u6587") + a + "-" + a);
  }
  for (const double coverage : {1.0, 0.0}) {
    TrainerSpec spec;
    spec.character_coverage = coverage;
    Growing growing(documents, spec, "\u4E2D\u6587");
    REQUIRE(growing->Grow(280).ok());
    REQUIRE(growing->ShrinkTo(262).ok());
    const std::map<std::string, std::int64_t> counts = growing.Counts();
    CHECK(counts.contains("\u4E2D") == (coverage == 1.0));
    CHECK(counts.contains("\u6587") == (coverage == 1.0));
  }
}

TEST_CASE("neighbours below min_count, or longer than asked for, are no candidates") {
  const Documents documents(3, "abcdef");
  TrainerSpec spec;
  spec.min_count = 4;
  Growing rare(documents, spec);
  REQUIRE(rare->Grow(300).ok());
  CHECK(rare.Counts().size() == 256);
  spec.min_count = 3;
  spec.max_piece_length = 2;
  Growing brief(documents, spec);
  REQUIRE(brief->Grow(300).ok());
  for (const auto& [bytes, count] : brief.Counts()) CHECK(bytes.size() <= 2);
}

TEST_CASE("of pieces used equally the one that saves more tokens stays") {
  Documents documents(60, "abcd");
  documents.insert(documents.end(), 60, "wxyz");
  documents.insert(documents.end(), 500, "ab");
  documents.insert(documents.end(), 500, "cd");
  Growing growing(documents, {});
  REQUIRE(growing->Grow(300).ok());
  REQUIRE(growing->ShrinkTo(259).ok());
  const std::map<std::string, std::int64_t> counts = growing.Counts();
  CHECK(counts.at("ab") == 560);
  CHECK(counts.at("cd") == 560);
  CHECK(counts.at("wxyz") == 60);  // else four tokens; "abcd" only two
}

TEST_CASE("no piece crosses what the spec forbids, neither a candidate nor a pair") {
  const Documents documents(50, "to be, or not to be;\n");
  TrainerSpec spec;
  spec.cross_spaces = spec.cross_punctuation = spec.cross_newlines = false;
  Growing growing(documents, spec);
  REQUIRE(growing->Grow(400).ok());
  REQUIRE(growing->ShrinkTo(400).ok());
  const std::map<std::string, std::int64_t> counts = growing.Counts();
  CHECK(counts.contains(" be"));
  CHECK(counts.contains(" not"));
  for (const auto& [bytes, count] : counts) {
    CAPTURE(bytes);
    CHECK((bytes.size() == 1 || bytes.find_first_of(" ,;\n", 1) == std::string::npos));
  }
}

// Three scripts' words at random, with more repetition than room.
Documents RepetitiveDocuments() {
  RandomText random(9);
  std::vector<std::string> words;
  for (int i = 0; i < 60; ++i) words.push_back(random.Over("aeiou bcdst", 2 + random.Below(7)));
  Documents documents;
  for (int i = 0; i < 60; ++i) {
    documents.emplace_back();
    for (int k = 0; k < 30; ++k) documents.back() += words[random.Below(words.size())] + ' ';
  }
  return documents;
}

std::set<std::string> NamesOf(const std::vector<Piece>& pieces) {
  std::set<std::string> names;
  for (const Piece& piece : pieces) names.insert(piece.bytes);
  return names;
}

TEST_CASE("what unused pieces leave is filled up to the size, for every size") {
  int filled_up = 0;
  for (std::int64_t size = 300; size <= 500; size += 10) {
    CAPTURE(size);
    Growing growing(RepetitiveDocuments(), {});
    REQUIRE(growing->Grow(size).ok());
    REQUIRE(growing->ShrinkTo(size).ok());
    const std::vector<Piece> shrunk = growing->Pieces();
    const absl::StatusOr<std::vector<Piece>> filled = growing->FilledTo(size);
    REQUIRE(filled.ok());
    CHECK(static_cast<std::int64_t>(filled->size()) == size);
    CHECK(std::is_sorted(filled->begin(), filled->end(), [](const Piece& a, const Piece& b) {
      return std::pair(a.bytes.size(), a.bytes) < std::pair(b.bytes.size(), b.bytes);
    }));
    const std::set<std::string> names = NamesOf(*filled);
    CHECK(names.size() == filled->size());
    for (const Piece& piece : shrunk) CHECK(names.contains(piece.bytes));
    // Nothing changes where nothing is missing, nor where shrinking goes on from.
    if (static_cast<std::int64_t>(shrunk.size()) == size) CHECK((*filled == shrunk));
    CHECK((growing->Pieces() == shrunk));
    filled_up += static_cast<std::int64_t>(shrunk.size()) < size ? 1 : 0;
  }
  CHECK(filled_up > 2);
}

TEST_CASE("sizes that are filled up are nested, too") {
  std::int64_t filled_up = 0;
  Growing growing(RepetitiveDocuments(), {});
  REQUIRE(growing->Grow(500).ok());
  std::vector<Piece> larger;
  for (std::int64_t size = 500; size > 300; size -= 5) {
    REQUIRE(growing->ShrinkTo(size).ok());
    filled_up += static_cast<std::int64_t>(growing->Pieces().size()) < size ? 1 : 0;
    const absl::StatusOr<std::vector<Piece>> filled = growing->FilledTo(size);
    REQUIRE(filled.ok());
    CHECK(static_cast<std::int64_t>(filled->size()) == size);
    if (!larger.empty()) {
      const std::set<std::string> names = NamesOf(larger);
      for (const Piece& piece : *filled) CHECK(names.contains(piece.bytes));
    }
    larger = *filled;
  }
  CHECK(filled_up > 2);
}

TEST_CASE("filling up ends where the corpus uses no more, and every piece it adds is used") {
  Growing growing(Documents(40, "abcd abce"), {});
  REQUIRE(growing->Grow(400).ok());
  REQUIRE(growing->ShrinkTo(400).ok());
  const absl::StatusOr<std::vector<Piece>> filled = growing->FilledTo(400);
  REQUIRE(filled.ok());
  CHECK(filled->size() > 256);
  CHECK(filled->size() < 300);
  for (const Piece& piece : *filled) CHECK((piece.bytes.size() == 1 || piece.count >= 40));
}

// The vocabulary of 300 pieces that a sample of so many bytes gives.
std::vector<Piece> GrownBySample(const Documents& documents, std::int64_t bytes) {
  TrainerSpec spec;
  spec.grow_sample = bytes;
  Growing growing(documents, spec);
  REQUIRE(growing->Grow(300).ok());
  REQUIRE(growing->ShrinkTo(300).ok());
  return growing->FilledTo(300).value();
}

TEST_CASE("a sample: any order of documents gives the same, and counts are of the whole corpus") {
  RandomText random(11);
  Documents documents;
  std::int64_t bytes = 0;
  for (int i = 0; i < 400; ++i) {
    std::string text;
    while (text.size() < 100) text += random.Over("abc", 1 + random.Below(2)) + "stone ";
    bytes += static_cast<std::int64_t>(text.size());
    documents.push_back(text);
  }
  const std::vector<Piece> sampled = GrownBySample(documents, bytes / 5);
  CHECK(sampled.size() == 300);
  CHECK((sampled != GrownBySample(documents, 0)));
  std::int64_t counted = 0;
  for (const Piece& piece : sampled) {
    counted += piece.count * static_cast<std::int64_t>(piece.bytes.size());
  }
  // A piece that no text uses counts one.
  std::int64_t ones = 0;
  for (const Piece& piece : sampled) {
    if (piece.count == 1) ones += static_cast<std::int64_t>(piece.bytes.size());
  }
  CHECK(counted >= bytes);
  CHECK(counted <= bytes + ones);
  std::reverse(documents.begin(), documents.end());
  CHECK((GrownBySample(documents, bytes / 5) == sampled));
}

TEST_CASE("a sample that is none: what is missing is filled up from the whole corpus") {
  const Documents documents = RepetitiveDocuments();
  const std::vector<Piece> sampled = GrownBySample(documents, 1);
  CHECK(sampled.size() == 300);
  std::int64_t longer = 0;
  for (const Piece& piece : sampled) longer += piece.bytes.size() > 1 ? piece.count : 0;
  CHECK(longer > 0);
}

TEST_CASE("how many documents a sample reads one of") {
  CHECK(VocabularyGrower::OneIn(1000, 0) == 1);
  CHECK(VocabularyGrower::OneIn(1000, 1000) == 1);
  CHECK(VocabularyGrower::OneIn(1001, 1000) == 2);
  CHECK(VocabularyGrower::OneIn(10'000, 1000) == 10);
  CHECK(VocabularyGrower::OneIn(std::int64_t{1} << 60, 1) == std::int64_t{1} << 60);
  CHECK(VocabularyGrower::OneIn(0, 5) == 1);
}

TEST_CASE("pieces come in the order of ids") {
  Growing growing({"abcabcabc"}, {});
  REQUIRE(growing->Grow(300).ok());
  const std::vector<Piece> pieces = growing->Pieces();
  REQUIRE(pieces.size() > 256);
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const Piece& a = pieces[i - 1];
    const Piece& b = pieces[i];
    CHECK((a.bytes.size() < b.bytes.size() ||
           (a.bytes.size() == b.bytes.size() && a.bytes < b.bytes)));
  }
}

}  // namespace
}  // namespace bytepiece
