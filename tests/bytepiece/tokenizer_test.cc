// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/tokenizer.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "bytepiece/model/model_io.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

using Ids = std::vector<TokenId>;

// "ab|c" as pieces, "<..." in angle brackets for other ids.
std::string Shown(const Tokenizer& tokenizer, const Ids& ids) {
  std::string shown;
  for (const TokenId id : ids) {
    if (!shown.empty()) shown += '|';
    tokenizer.AppendDecoded(id, {.control_tokens = true}, &shown);
  }
  return shown;
}

std::string EncodeShown(const Tokenizer& tokenizer, std::string_view text,
                        const EncodeOptions& options) {
  Worker worker = tokenizer.NewWorker();
  Ids ids;
  const absl::Status status = worker.Encode(text, options, &ids);
  return status.ok() ? Shown(tokenizer, ids) : std::string(status.message());
}

TEST_CASE("chunks end after newline runs") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  CHECK(EncodeShown(tokenizer, "abab\n\nab", {}) == "ab|a|b\n\n|ab");
  // "b\n\n" would be cheaper, but the run is longer and no piece crosses its end.
  CHECK(EncodeShown(tokenizer, "b\n\nb", {}) == "b\n\n|b");
  CHECK(EncodeShown(tokenizer, "", {}) == "");
}

TEST_CASE("bos and eos are added on demand") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  CHECK(EncodeShown(tokenizer, "ab", {.add_bos = true, .add_eos = true}) == "<bos>|ab|<eos>");
  CHECK(EncodeShown(tokenizer, "", {.add_eos = true}) == "<eos>");
}

TEST_CASE("text that looks like a special token is text unless the caller says otherwise") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  const std::string text = "ab<|a|><|b|>ab<eos><|a|><reserved_0>";
  for (const TokenId id : tokenizer.Encode(text)) CHECK(tokenizer.vocabulary().IsPiece(id));
  CHECK(EncodeShown(tokenizer, text, {.special_tokens = SpecialTokenPolicy::kAllow}) ==
        "ab|<|a|><|b|>|ab|<|e|o|s|>|<|a|>|<|r|e|s|e|r|v|e|d|_|0|>");
  // One alone, and the longer one is text.
  const TokenId a = tokenizer.TokenToId("<|a|>");
  CHECK(EncodeShown(tokenizer, "<|a|><|b|>", {.allow_special = {a}}) == "<|a|>|<|||b|||>");
  CHECK(EncodeShown(tokenizer, "ab<|a|>",
                    {.special_tokens = SpecialTokenPolicy::kForbid, .allow_special = {a}}) ==
        "ab|<|a|>");
  CHECK(EncodeShown(tokenizer, "<|a|>ab<|a|><|b|>",
                    {.special_tokens = SpecialTokenPolicy::kForbid, .allow_special = {a}})
            .find("at byte 7") != std::string::npos);
  const std::string refused =
      EncodeShown(tokenizer, text, {.special_tokens = SpecialTokenPolicy::kForbid});
  CHECK(refused.find("\"<|a|><|b|>\" at byte 2") != std::string::npos);
  CHECK(EncodeShown(tokenizer, "ab<|", {.special_tokens = SpecialTokenPolicy::kForbid}) ==
        "ab|<||");
}

TEST_CASE("special tokens are searched before normalisation and split it") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  const EncodeOptions allow = {.special_tokens = SpecialTokenPolicy::kAllow};
  CHECK(EncodeShown(tokenizer, "e\u0301<|a|>e\u0301", allow) == "\u00E9|<|a|>|\u00E9");
  // A mark after a special token stays alone.
  CHECK(EncodeShown(tokenizer, "<|a|>\u0301", allow) == "<|a|>|\xCC|\x81");
}

TEST_CASE("normalisation is the model's unless overridden") {
  Model model = MakeModel({{"\u00E9", 20}}, Normalization::kNfc);
  const auto nfc = Tokenizer::Create(model);
  const auto none = Tokenizer::Create(model, Normalization::kNone);
  REQUIRE(nfc.ok());
  REQUIRE(none.ok());
  CHECK(nfc->normalization() == Normalization::kNfc);
  CHECK(none->normalization() == Normalization::kNone);
  CHECK(*nfc->Decode(nfc->Encode("e\u0301")) == "\u00E9");
  CHECK(*none->Decode(none->Encode("e\u0301")) == "e\u0301");
}

TEST_CASE("decoding skips or writes tokens that are no text") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  const TokenId special = tokenizer.TokenToId("<|a|>");
  const TokenId ab = tokenizer.vocabulary().FindPiece("ab");
  const Ids ids = {kBosId, ab, special, kEosId};
  CHECK(*tokenizer.Decode(ids) == "ab<|a|>");
  CHECK(*tokenizer.Decode(ids, {.control_tokens = true}) == "<bos>ab<|a|><eos>");
  CHECK(*tokenizer.Decode(ids, {.special_tokens = false}) == "ab");
  CHECK(*tokenizer.Decode({}) == "");
}

TEST_CASE("an id outside the vocabulary is named with its position") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  const auto size = static_cast<TokenId>(tokenizer.vocab_size());
  for (const TokenId bad : {-1, size, std::numeric_limits<TokenId>::max()}) {
    const absl::StatusOr<std::string> text = tokenizer.Decode({5, 6, bad});
    REQUIRE_FALSE(text.ok());
    const std::string message(text.status().message());
    CHECK(message.find("id " + std::to_string(bad) + " at position 2") != std::string::npos);
    CHECK(message.find(std::to_string(size)) != std::string::npos);
  }
}

TEST_CASE("tokens and ids lead to each other, special ones included") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  for (TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    const std::optional<std::string_view> token = tokenizer.IdToToken(id);
    REQUIRE(token.has_value());
    CAPTURE(id, *token);
    REQUIRE(tokenizer.TokenToId(*token) == id);
  }
  CHECK(tokenizer.IdToToken(kEosId) == "<eos>");
  CHECK(tokenizer.IdToToken(tokenizer.vocabulary().end_of_pieces() + 2) == "<reserved_0>");
  CHECK(tokenizer.TokenToId("ab") == tokenizer.vocabulary().FindPiece("ab"));
  for (const char* none : {"", "abab", "<|b|>"}) CHECK(tokenizer.TokenToId(none) == -1);
  for (const std::int64_t none : {std::int64_t{-1}, tokenizer.vocab_size()}) {
    CHECK_FALSE(tokenizer.IdToToken(static_cast<TokenId>(none)).has_value());
  }
}

TEST_CASE("a call with options says what it gives or why not") {
  const Tokenizer tokenizer = MakeSpecialTokenizer();
  const absl::StatusOr<Ids> ids = tokenizer.Encode("ab", {.add_eos = true});
  REQUIRE(ids.ok());
  CHECK(Shown(tokenizer, *ids) == "ab|<eos>");
  CHECK_FALSE(tokenizer.Encode("<eos>", {.special_tokens = SpecialTokenPolicy::kForbid}).ok());
}

TEST_CASE("a tokenizer is loaded whole or not at all") {
  const TempDir folder;
  const Model model = MakeMixedModel();
  const std::string path = folder.Write("model", SerializeModel(model));
  const auto tokenizer = Tokenizer::Load(path);
  REQUIRE(tokenizer.ok());
  CHECK(tokenizer->model() == model);
  CHECK_FALSE(Tokenizer::Load(folder.File("absent")).ok());
  CHECK_FALSE(Tokenizer::FromBytes("neither this nor that").ok());
  CHECK_FALSE(Tokenizer::Create(Model{}).ok());
}

TEST_CASE("a tokenizer goes to bytes of any format and comes back") {
  const Tokenizer tokenizer = *Tokenizer::Create(MakeMixedModel(Normalization::kNfc));
  const std::string text = "the caf\u00E9 of\nthe e\u0301";
  for (const ModelFormat format :
       {ModelFormat::kProtobuf, ModelFormat::kJson, ModelFormat::kCompiled}) {
    const absl::StatusOr<std::string> bytes = tokenizer.ToBytes(format);
    REQUIRE(bytes.ok());
    for (const ModelTrust trust : {ModelTrust::kUntrusted, ModelTrust::kTrusted}) {
      const auto read = Tokenizer::FromBytes(*bytes, {.trust = trust});
      REQUIRE(read.ok());
      CHECK(read->model().pieces == tokenizer.model().pieces);
      CHECK(read->Encode(text) == tokenizer.Encode(text));
      CHECK(read->is_compiled() ==
            (format == ModelFormat::kCompiled && trust == ModelTrust::kTrusted));
    }
  }
  CHECK(Tokenizer::FromBytes(*tokenizer.ToBytes(), {.normalization = Normalization::kNone})
            ->normalization() == Normalization::kNone);
  CHECK_FALSE(MakeSpecialTokenizer().ToBytes(ModelFormat::kJson).ok());  // has special tokens
}

}  // namespace
}  // namespace bytepiece
