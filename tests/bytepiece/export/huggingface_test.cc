// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/export/huggingface.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bytepiece/export/byte_alphabet.h"
#include "bytepiece/export/exported_score.h"
#include "bytepiece/model/vocabulary.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

using Json = nlohmann::json;

// Crosses a line, has a special token and a reserved one, and whole scores.
Model SpecialModel() {
  Model model = MakeModel({{"ab", 70}, {"\nb", 50}, {"\u4E2D\n", 9}}, Normalization::kNfc);
  model.special_tokens = {{"<|end |>", false}, {"<reserved_0>", true}};
  SetScores(ScoreKind::kWhole, &model);
  return model;
}

Json File(const Model& model, const std::string& name, const HuggingFaceOptions& options = {}) {
  const auto files = HuggingFaceFiles(model, options);
  REQUIRE(files.ok());
  REQUIRE(files->contains(name));
  return Json::parse(files->at(name));
}

std::string Refusal(const Model& model, const HuggingFaceOptions& options = {}) {
  return std::string(HuggingFaceFiles(model, options).status().message());
}

TEST_CASE("ids are places in the vocabulary, and whole scores are exact") {
  const Model model = SpecialModel();
  const absl::StatusOr<Vocabulary> vocabulary = Vocabulary::Create(model);
  REQUIRE(vocabulary.ok());
  const Json unigram = File(model, "tokenizer.json")["model"];
  CHECK(unigram["type"] == "Unigram");
  CHECK(unigram["unk_id"] == 0);
  CHECK(unigram["byte_fallback"] == false);
  const Json& entries = unigram["vocab"];
  REQUIRE(static_cast<std::int64_t>(entries.size()) == VocabSize(model));
  for (TokenId id = kFirstPieceId; id < vocabulary->end_of_pieces(); ++id) {
    const std::string bytes(vocabulary->PieceBytes(id));
    const auto& entry = entries[static_cast<std::size_t>(id)];
    CHECK(entry[0] == InByteAlphabet(bytes));
    // What crosses a line is never used here, so neither there.
    CHECK(entry[1] == (bytes == "\nb" ? kNeverScore : vocabulary->PieceScore(id)));
  }
  const std::size_t end = entries.size();
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{2}, end - 2, end - 1}) {
    CHECK(entries[i][1] == kNeverScore);
  }
  CHECK(entries[0][0] == "<pad>");
  CHECK(entries[end - 2][0] == "<|end |>");
  CHECK(entries[end - 1][0] == "<reserved_0>");
}

TEST_CASE("logarithms come back as the doubles they are") {
  Model model = MakeMixedModel();
  const absl::StatusOr<Vocabulary> vocabulary = Vocabulary::Create(model);
  REQUIRE(vocabulary.ok());
  const Json entries = File(model, "tokenizer.json")["model"]["vocab"];
  for (TokenId id = kFirstPieceId; id < vocabulary->end_of_pieces(); ++id) {
    const std::string_view bytes = vocabulary->PieceBytes(id);
    if (CrossesChunks(bytes) || bytes == "<bos>") continue;
    CHECK(entries[static_cast<std::size_t>(id)][1].get<double>() == vocabulary->PieceScore(id));
  }
}

TEST_CASE("tokens with a meaning are added ones, reserved ones are not") {
  const Model model = SpecialModel();
  const Json added = File(model, "tokenizer.json")["added_tokens"];
  const auto special = kFirstPieceId + static_cast<TokenId>(model.pieces.size());
  const std::vector<std::pair<TokenId, std::string>> expected = {
      {0, "<pad>"}, {1, "<bos>"}, {2, "<eos>"}, {special, "<|end |>"}};
  REQUIRE(added.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(added[i]["id"] == expected[i].first);
    CHECK(added[i]["content"] == expected[i].second);
    CHECK(added[i]["special"] == true);
    CHECK(added[i]["normalized"] == false);
  }
  const Json config = File(model, "tokenizer_config.json");
  CHECK(config["additional_special_tokens"] == Json::array({"<|end |>"}));
  CHECK(config["eos_token"] == "<eos>");
  CHECK_FALSE(config.contains("chat_template"));
}

TEST_CASE("text becomes bytes by what each runtime has") {
  Model model = SpecialModel();
  Json file = File(model, "tokenizer.json");
  CHECK(file["pre_tokenizer"].is_null());
  CHECK(file["post_processor"].is_null());
  CHECK(file["decoder"]["type"] == "ByteLevel");
  CHECK(file["normalizer"] ==
        Json::parse(
            R"({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "ByteLevel"}]})"));
  file = File(model, "tokenizer.json", {.for_javascript = true});
  CHECK(file["normalizer"] == Json::parse(R"({"type": "NFC"})"));
  CHECK(file["pre_tokenizer"]["pretokenizers"][1]["type"] == "ByteLevel");
  CHECK(file["pre_tokenizer"]["pretokenizers"][1]["use_regex"] == false);
  model.normalization = Normalization::kNone;
  CHECK(File(model, "tokenizer.json")["normalizer"]["normalizers"].size() == 1);
  CHECK(File(model, "tokenizer.json", {.for_javascript = true})["normalizer"].is_null());
}

TEST_CASE("a chat template is kept as it is") {
  const std::string chat = "{% for m in messages %}\n<|end |>\"\u4E2D\\{% endfor %}\n";
  CHECK(File(SpecialModel(), "tokenizer_config.json", {.chat_template = chat})["chat_template"] ==
        chat);
  CHECK(Refusal(SpecialModel(), {.chat_template = "\xFF"}) ==
        "the chat template is not valid UTF-8");
}

TEST_CASE("a piece spelled like a special token gives way, and that is told") {
  Model model = SpecialModel();
  const std::size_t last = kFirstPieceId + model.pieces.size() - 1;
  const std::string twin = "\u00E4\u00B8\u0143\u010A";  // in that alphabet, the last piece
  model.special_tokens[0].text = twin;
  const std::string name = "<piece " + std::to_string(last) + ">";
  Json entries = File(model, "tokenizer.json")["model"]["vocab"];
  CHECK(entries[last] == Json::array({name, kNeverScore}));
  CHECK(entries[last + 1] == Json::array({twin, kNeverScore}));
  const std::vector<std::string> notes = HuggingFaceNotes(model);
  REQUIRE(notes.size() == 2);
  CHECK(notes[1] == "warning: token " + std::to_string(last) +
                        " is a piece spelled like the special token \"" + twin +
                        "\", and HuggingFace tells tokens apart by spelling: no text becomes it "
                        "there, and it is decoded as " +
                        name);
  model.special_tokens[1].text = name;  // taken
  entries = File(model, "tokenizer.json")["model"]["vocab"];
  CHECK(entries[last][0] == name + ">");
  model.special_tokens[0].text = "\u4E2D\n";  // spelled otherwise there
  CHECK(HuggingFaceNotes(model).size() == 1);
  CHECK_THAT(Refusal(Model()), Contains("the byte 0x00 is no piece"));
}

TEST_CASE("the folder has the files, and is checked first") {
  const TempDir temp;
  const std::string folder = temp.path() + "/hf";
  REQUIRE(WriteHuggingFace(SpecialModel(), folder, {}).ok());
  CHECK_FALSE(WriteHuggingFace(Model(), folder, {}).ok());
  CHECK(WriteHuggingFace(SpecialModel(), folder, {.for_javascript = true}).ok());
}

TEST_CASE("notes name what text is taken for, and warn of logarithms") {
  Model model = SpecialModel();
  std::vector<std::string> notes = HuggingFaceNotes(model);
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Contains(R"("<pad>", "<bos>", "<eos>" and "<|end |>" for special tokens)"));
  for (int i = 0; i < 5; ++i) model.special_tokens.push_back({std::to_string(i) + "!", false});
  SetScores(ScoreKind::kLog, &model);
  notes = HuggingFaceNotes(model);
  REQUIRE(notes.size() == 2);
  CHECK_THAT(notes[0], Contains(R"("1!" and 3 more for special tokens)"));
  CHECK_THAT(notes[1], Contains("up to 0.3 % of the ids"));
}

}  // namespace
}  // namespace bytepiece
