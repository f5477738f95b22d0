// SPDX-License-Identifier: Apache-2.0
// What must hold for every byte string: nothing is lost, offsets cover the
// input, chunks are cut as the definition says, time is linear.
#include <chrono>
#include <string>
#include <vector>

#include "bytepiece/sampling/sampling_method.h"
#include "bytepiece/text/normalizer.h"
#include "bytepiece/text/splitter.h"
#include "bytepiece/tokenizer.h"
#include "tests/bytepiece/special_token_ways.h"
#include "tests/support/brute_force.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

Tokenizer MakeTokenizer(Model model) {
  absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(std::move(model));
  REQUIRE(tokenizer.ok());
  return *std::move(tokenizer);
}

// Calls check(text) for awkward, random and damaged texts.
template <typename Check>
void ForManyTexts(Check check) {
  for (const std::string& text : AwkwardDocuments()) check(text);
  const std::uint64_t seed = 20231016;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 400; ++i) {
    CAPTURE(i);
    check(random.Bytes(random.Below(200)));
    check(random.Over("ab\n", random.Below(60)));
    check(random.Over("e\xCC\x81\xFF\n", random.Below(60)));
    check(random.MutatedUtf8(1 + random.Below(300)));
    check(random.ValidUtf8(1 + random.Below(300)));
  }
}

TEST_CASE("decode(encode(x)) is the normalised x, and x itself without normalisation") {
  const Tokenizer nfc = MakeTokenizer(MakeMixedModel(Normalization::kNfc));
  const Tokenizer none = MakeTokenizer(MakeMixedModel(Normalization::kNone));
  ForManyTexts([&](const std::string& text) {
    CAPTURE(text);
    std::string buffer;
    REQUIRE(*nfc.Decode(nfc.Encode(text)) == Normalize(Normalization::kNfc, text, &buffer));
    REQUIRE(*none.Decode(none.Encode(text)) == text);
  });
}

TEST_CASE("samples decode to the text, too") {
  const Tokenizer tokenizer = MakeTokenizer(MakeMixedModel(Normalization::kNone));
  Worker worker = tokenizer.NewWorker();
  std::uint64_t document = 0;
  ForManyTexts([&](const std::string& text) {
    CAPTURE(text);
    for (const SamplingMethod method : {SamplingMethod::kPerfect, SamplingMethod::kViterbi}) {
      const SampleOptions sampling = {
          .method = method, .alpha = static_cast<double>(document % 4) / 2, .document = document};
      std::vector<TokenId> ids;
      REQUIRE(worker.Sample(text, sampling, {}, &ids).ok());
      REQUIRE(*tokenizer.Decode(ids) == text);
      ++document;
    }
  });
}

TEST_CASE("offsets ascend and cover the input exactly") {
  Model model = MakeMixedModel(Normalization::kNfc);
  model.special_tokens = {{"ab"}, {"e"}};
  const Tokenizer tokenizer = MakeTokenizer(std::move(model));
  Worker worker = tokenizer.NewWorker();
  ForManyTexts([&](const std::string& text) {
    CAPTURE(text);
    for (const EncodeOptions& options : SpecialTokenWays(tokenizer, "ab")) {
      std::vector<TokenId> ids;
      std::vector<TokenId> plain_ids;
      std::vector<ByteSpan> offsets;
      REQUIRE(worker.EncodeWithOffsets(text, options, &ids, &offsets).ok());
      REQUIRE(worker.Encode(text, options, &plain_ids).ok());
      REQUIRE(ids == plain_ids);
      REQUIRE(offsets.size() == ids.size());
      std::int64_t end = 0;
      for (std::size_t i = 0; i < ids.size(); ++i) {
        REQUIRE(offsets[i].begin == end);
        REQUIRE(offsets[i].end >= offsets[i].begin);
        end = offsets[i].end;
      }
      REQUIRE(end == static_cast<std::int64_t>(text.size()));
    }
  });
}

TEST_CASE("without normalisation a token's range holds its bytes") {
  const Tokenizer tokenizer = MakeTokenizer(MakeMixedModel(Normalization::kNone));
  Worker worker = tokenizer.NewWorker();
  ForManyTexts([&](const std::string& text) {
    CAPTURE(text);
    std::vector<TokenId> ids;
    std::vector<ByteSpan> offsets;
    REQUIRE(worker.EncodeWithOffsets(text, {}, &ids, &offsets).ok());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      REQUIRE(tokenizer.vocabulary().PieceBytes(ids[i]) ==
              text.substr(offsets[i].begin, offsets[i].end - offsets[i].begin));
    }
  });
}

// Each chunk on its own, by enumeration.
std::vector<TokenId> EncodeByBruteForce(const std::vector<ScoredPiece>& pieces,
                                        std::string_view text) {
  std::vector<TokenId> ids;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    while (end < text.size() && text[end] == '\n') ++end;
    for (const int piece : BestSegmentation(pieces, text.substr(0, end)).pieces) {
      ids.push_back(kFirstPieceId + piece);
    }
    text.remove_prefix(end);
  }
  return ids;
}

void CheckAllTexts(const Tokenizer& tokenizer, const std::vector<ScoredPiece>& pieces,
                   std::size_t max_length, const std::string& begun) {
  CAPTURE(begun);
  REQUIRE(tokenizer.Encode(begun) == EncodeByBruteForce(pieces, begun));
  if (begun.size() == max_length) return;
  for (const char c : {'a', 'b', '\n'}) {
    CheckAllTexts(tokenizer, pieces, max_length, begun + c);
  }
}

TEST_CASE("every short text is cut as the definition says, chunk by chunk") {
  RandomText random(9768);
  for (int i = 0; i < 4; ++i) {
    std::vector<Piece> pieces = {{"a", 64}, {"b", 32},   {"\n", 16}, {"ab", 8},
                                 {"ba", 4}, {"\n\n", 8}, {"b\n", 2}, {"abab", 1}};
    for (Piece& piece : pieces) {
      if (i > 0) piece.count = static_cast<std::int64_t>(1 + random.Below(60));
    }
    const Tokenizer tokenizer = MakeTokenizer(MakeModel(pieces));
    CheckAllTexts(tokenizer, PiecesOf(tokenizer.vocabulary()), 6, "");
  }
}

// Seconds to encode `text`, which must survive it.
double TimeOf(const Tokenizer& tokenizer, const std::string& text) {
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<TokenId> ids = tokenizer.Encode(text);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  REQUIRE(*tokenizer.Decode(ids) == text);
  return seconds.count();
}

TEST_CASE("long lines, long runs and many newlines take linear time") {
  const Tokenizer tokenizer = MakeTokenizer(MakeMixedModel(Normalization::kNfc));
  RandomText random(77);
  const std::size_t size = std::size_t{16} << 20;
  std::string lines(size / 4, 'a');
  for (std::size_t i = 1; i < lines.size(); i += 2) lines[i] = '\n';
  std::string chinese;
  while (chinese.size() < size) chinese += "\u4E2D\u6587\uAC00\U0001F600 of the ";
  // Quadratic time would be hours; a slow and busy machine is allowed for.
  CHECK(TimeOf(tokenizer, std::string(size, 'a')) < 60);
  CHECK(TimeOf(tokenizer, std::string(size / 4, '\n')) < 60);
  CHECK(TimeOf(tokenizer, lines) < 60);
  CHECK(TimeOf(tokenizer, chinese) < 60);
  CHECK(TimeOf(tokenizer, random.Over("\x80\xFF\xE4", size / 4)) < 60);
}

}  // namespace
}  // namespace bytepiece
