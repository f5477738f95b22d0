// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/export/huggingface.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bytepiece/base/quoted.h"
#include "bytepiece/base/utf8.h"
#include "bytepiece/export/byte_alphabet.h"
#include "bytepiece/export/export_folder.h"
#include "bytepiece/export/exported_score.h"
#include "bytepiece/model/scores_in_nats.h"

namespace bytepiece::inline v0 {
namespace {

using Json = nlohmann::ordered_json;  // in the order in which a person reads it

// Tokens with a name of their own, by id: control and special tokens.
struct NamedToken {
  TokenId id = 0;
  std::string text;
  bool reserved = false;
};

std::vector<NamedToken> NamedTokens(const Model& model) {
  std::vector<NamedToken> tokens;
  for (TokenId id = 0; id < kNumControlTokens; ++id) tokens.push_back({id, ControlTokenText(id)});
  auto id = kFirstPieceId + static_cast<TokenId>(model.pieces.size());
  for (const SpecialToken& token : model.special_tokens) {
    tokens.push_back({id++, token.text, token.reserved});
  }
  return tokens;
}

std::set<std::string> Names(const std::vector<NamedToken>& named) {
  std::set<std::string> names;
  for (const NamedToken& token : named) names.insert(token.text);
  return names;
}

// The name of a piece that is spelled like a special token, and so cannot have its own. No text
// becomes it: spaces are another character in that alphabet.
std::string NameOfTwin(TokenId id, const std::set<std::string>& names) {
  std::string name = absl::StrCat("<piece ", id, ">");
  while (names.contains(name)) name += ">";
  return name;
}

// [name, score], by id. Reserved tokens are there for the size alone, and others are found before
// the model is asked: neither may come of the lattice.
Json Vocabulary(const Model& model, const std::vector<NamedToken>& named) {
  const std::set<std::string> names = Names(named);
  const LargeVector<double> scores = ScoresInNats(model);
  Json vocabulary = Json::array();
  for (TokenId id = 0; id < kNumControlTokens; ++id) {
    vocabulary.push_back({ControlTokenText(id), kNeverScore});
  }
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    const std::string& bytes = model.pieces[i].bytes;
    std::string name = InByteAlphabet(bytes);
    const bool has_twin = names.contains(name);
    if (has_twin) name = NameOfTwin(kFirstPieceId + static_cast<TokenId>(i), names);
    const bool never = has_twin || CrossesChunks(bytes);
    vocabulary.push_back({std::move(name), never ? kNeverScore : scores[i]});
  }
  for (const SpecialToken& token : model.special_tokens) {
    vocabulary.push_back({token.text, kNeverScore});
  }
  return vocabulary;
}

Json AddedTokens(const std::vector<NamedToken>& named) {
  Json tokens = Json::array();
  for (const NamedToken& token : named) {
    if (token.reserved) continue;
    tokens.push_back({{"id", token.id},
                      {"content", token.text},
                      {"single_word", false},
                      {"lstrip", false},
                      {"rstrip", false},
                      {"normalized", false},
                      {"special", true}});
  }
  return tokens;
}

Json ByteLevel() {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", false},
          {"use_regex", false}};
}

// What turns text into the characters of the vocabulary: as normalizer and as pre-tokenizer.
std::pair<Json, Json> ByteSteps(Normalization normalization, bool for_javascript) {
  const bool nfc = normalization == Normalization::kNfc;
  const Json nfc_step = {{"type", "NFC"}};
  if (!for_javascript) {
    // As a pre-tokenizer, 1.0 takes ByteLevel with byte-pair models alone.
    Json steps = Json::array();
    if (nfc) steps.push_back(nfc_step);
    steps.push_back({{"type", "ByteLevel"}});
    return {Json{{"type", "Sequence"}, {"normalizers", steps}}, Json(nullptr)};
  }
  // Chunks are not needed for the ids: that runtime puts a text's tokens on the stack.
  const Json chunks = {{"type", "Split"},
                       {"pattern", {{"Regex", "[^\\n]*\\n+|[^\\n]+"}}},
                       {"behavior", "Isolated"},
                       {"invert", false}};
  const Json steps = {{"type", "Sequence"}, {"pretokenizers", Json::array({chunks, ByteLevel()})}};
  return {nfc ? nfc_step : Json(nullptr), steps};
}

// "<pad>", "<bos>" and 7 more.
std::string SpelledTokens(const Model& model) {
  constexpr std::size_t kMostNames = 6;
  std::vector<std::string> names;
  std::size_t others = 0;
  for (const NamedToken& token : NamedTokens(model)) {
    if (token.reserved) continue;
    if (names.size() < kMostNames) {
      names.push_back(Quoted(token.text));
    } else {
      ++others;
    }
  }
  std::string last = others > 0 ? absl::StrCat(others, " more") : std::move(names.back());
  if (others == 0) names.pop_back();
  return absl::StrCat(absl::StrJoin(names, ", "), " and ", last);
}

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> HuggingFaceFiles(
    const Model& model, const HuggingFaceOptions& options) {
  if (absl::Status status = ValidateModel(model); !status.ok()) return status;
  if (!IsValidUtf8(options.chat_template)) {
    return absl::InvalidArgumentError("the chat template is not valid UTF-8");
  }
  const std::vector<NamedToken> named = NamedTokens(model);
  auto [normalizer, pre_tokenizer] = ByteSteps(model.normalization, options.for_javascript);
  // An unknown token is never needed, but both runtimes ask which it is.
  const Json unigram = {{"type", "Unigram"},
                        {"unk_id", kPadId},
                        {"vocab", Vocabulary(model, named)},
                        {"byte_fallback", false}};
  const Json tokenizer = {{"version", "1.0"},
                          {"truncation", nullptr},
                          {"padding", nullptr},
                          {"added_tokens", AddedTokens(named)},
                          {"normalizer", std::move(normalizer)},
                          {"pre_tokenizer", std::move(pre_tokenizer)},
                          {"post_processor", nullptr},
                          {"decoder", ByteLevel()},
                          {"model", std::move(unigram)}};
  Json config = {{"tokenizer_class", "PreTrainedTokenizerFast"},
                 {"pad_token", ControlTokenText(kPadId)},
                 {"bos_token", ControlTokenText(kBosId)},
                 {"eos_token", ControlTokenText(kEosId)},
                 {"add_bos_token", false},
                 {"add_eos_token", false},
                 {"clean_up_tokenization_spaces", false}};
  Json special = Json::array();
  for (const SpecialToken& token : model.special_tokens) {
    if (!token.reserved) special.push_back(token.text);
  }
  if (!special.empty()) config["additional_special_tokens"] = std::move(special);
  if (!options.chat_template.empty()) config["chat_template"] = options.chat_template;
  return std::map<std::string, std::string>{{"tokenizer.json", tokenizer.dump() + "\n"},
                                            {"tokenizer_config.json", config.dump(2) + "\n"}};
}

absl::Status WriteHuggingFace(const Model& model, const std::string& folder,
                              const HuggingFaceOptions& options) {
  const auto files = HuggingFaceFiles(model, options);
  if (!files.ok()) return files.status();
  // Read with tokenizer.json where they are there: tokens and templates that are not ours.
  constexpr std::string_view kOthers[] = {"added_tokens.json", "special_tokens_map.json",
                                          "chat_template.jinja", "additional_chat_templates"};
  return WriteExportFolder(folder, *files, kOthers);
}

std::vector<std::string> HuggingFaceNotes(const Model& model) {
  std::vector<std::string> notes;
  notes.push_back(absl::StrCat("note: in any text, HuggingFace takes ", SpelledTokens(model),
                               " for special tokens, unless told otherwise there "
                               "(split_special_tokens); here they are text"));
  const std::set<std::string> names = Names(NamedTokens(model));
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    const std::string name = InByteAlphabet(model.pieces[i].bytes);
    if (!names.contains(name)) continue;
    const TokenId id = kFirstPieceId + static_cast<TokenId>(i);
    notes.push_back(
        absl::StrCat("warning: token ", id, " is a piece spelled like the special token ",
                     Quoted(name), ", and HuggingFace tells tokens apart by spelling: ",
                     "no text becomes it there, and it is decoded as ", NameOfTwin(id, names)));
  }
  if (ScoresOf(model) == ScoreKind::kLog) {
    notes.push_back(
        "warning: the model scores by logarithms, whose sums others round differently: up to 0.3 % "
        "of the ids there are other ones; convert --scores whole makes them the same");
  }
  return notes;
}

}  // namespace bytepiece::inline v0
