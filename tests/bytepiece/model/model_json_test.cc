// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/model_json.h"

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytepiece/base/utf8.h"
#include "bytepiece/model/model.h"
#include "tests/support/catch.h"
#include "tests/support/corpora.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

std::string Json(const Model& model) {
  const absl::StatusOr<std::string> json = SerializeReferenceJson(model);
  REQUIRE(json.ok());
  return *json;
}

std::string Refusal(std::string_view json) {
  return std::string(ParseReferenceJson(json).status().message());
}

// The JSON of a small model with one place changed, which must be there.
std::string WithChange(const std::string& from, const std::string& to) {
  std::string json = Json(MakeModel({{"ab", 7}, {"\u4E2D", 2}}, Normalization::kNfc));
  const std::size_t at = json.find(from);
  REQUIRE(at != std::string::npos);
  return json.replace(at, from.size(), to);
}

TEST_CASE("golden models come back without change of a byte") {
  for (const char* name : {"train/own_order6.model.1500",
                           "train/own_order6.model.1000",
                           "train/own_order6.model.600",
                           "train/own_digits.model",
                           "train/own_bytes.model",
                           "train/own_deadends.model",
                           "train/own2_limits.model.800",
                           "train/own2_limits.model.400",
                           "train/own2_deadends.model",
                           "train/own2_order2.model",
                           "train/zh_dev.model.16000.gz",
                           "train/zh_dev.model.8000.gz",
                           "train/zh_dev.model.4000.gz",
                           "train/en_dev.model.8000.gz",
                           "train/en_dev.model.4000.gz",
                           "train/multi_dev_digits.model.gz",
                           "train/code_dev_bytes.model.gz",
                           "models/bytepiece.eu.plus.80k.zip",
                           "models/bytepiece.id.plus.160k.zip",
                           "models/bytepiece.plus.240k.zip"}) {
    CAPTURE(name);
    const std::optional<std::string> path = FindGolden(name);
    if (!path.has_value()) continue;
    const std::string json = ReadUnpacked(*path);
    const absl::StatusOr<Model> model = ParseReferenceJson(json);
    CAPTURE(model.status().message());
    REQUIRE(model.ok());
    CHECK(ValidateModel(*model).ok());
    CHECK((Json(*model) == json));  // in brackets: not to print megabytes
  }
}

// Written by Python's json.dumps(indent=4, ensure_ascii=False).
TEST_CASE("what the reference writes is written") {
  Model model = MakeModel({{"\u4E2D\u6587 \U0001F600", 5}, {"\"\\\x08\f\n\r\t\x1F\x7F", 6}},
                          Normalization::kNfc);
  const std::string json = Json(model);
  CHECK_THAT(json,
             Contains("{\n    \"AA==\": [\n        3,\n        \"\\u0000\",\n        1\n    ],\n"));
  CHECK_THAT(json, Contains("    \"gA==\": [\n        131,\n        \"\",\n        1\n    ],\n"));
  CHECK_THAT(json, Contains("        \"\\\"\\\\\\b\\f\\n\\r\\t\\u001f\x7F\",\n"));
  CHECK_THAT(json, Contains("\"\u4E2D\u6587 \U0001F600\",\n        5\n    ]\n}"));
  CHECK(json.back() == '}');
}

// Python: b'\xe4\xb8\xad\xe6\x96'.decode('utf-8', errors='ignore') == '中', and so on.
TEST_CASE("what cannot be decoded is dropped from the text") {
  for (const auto& [bytes, text] :
       std::vector<std::pair<std::string, std::string>>{{"\xE4\xB8\xAD\xE6\x96", "\u4E2D"},
                                                        {"\xAD\xE6\x96\x87", "\u6587"},
                                                        {"a\xED\xA0\x80z", "az"},
                                                        {"\xF0\x9F\x98z", "z"},
                                                        {"\xF5\x80\x80\x80\xC0\x80", ""},
                                                        {"\xE0\x80\x80\xC3\xA9", "\u00E9"}}) {
    const std::string json = Json(MakeModel({{bytes, 4}}, Normalization::kNfc));
    CHECK_THAT(json, Contains(" 259,\n        \"" + text + "\",\n        4\n"));
  }
}

TEST_CASE("random models come back as they were") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    RandomText random(seed);
    std::map<std::string, std::int64_t> counts;
    for (int i = 0; i < 200; ++i) {
      const std::size_t length = 2 + random.Below(20);
      counts[i % 2 == 0 ? random.Bytes(length) : random.ValidUtf8(length)] =
          1 + static_cast<std::int64_t>(random.Below(1ull << 40));
    }
    std::vector<Piece> pieces;
    for (const auto& [bytes, count] : counts) pieces.push_back({bytes, count});
    const Model model = MakeModel(std::move(pieces), Normalization::kNfc);
    const absl::StatusOr<Model> back = ParseReferenceJson(Json(model));
    REQUIRE(back.ok());
    CHECK((*back == model));
  }
}

TEST_CASE("an imported model claims UTF-8 exactly if it is true") {
  CHECK(ParseReferenceJson(Json(MakeModel({{"\u4E2D", 2}}, Normalization::kNfc)))
            ->pieces_are_unicode);
  CHECK_FALSE(ParseReferenceJson(Json(MakeModel({{"\xE4\xB8", 2}}, Normalization::kNfc)))
                  ->pieces_are_unicode);
}

TEST_CASE("entries may stand in any order, with other white space and escapes") {
  const Model model = MakeModel({{"ab", 7}, {"\u4E2D", 2}}, Normalization::kNfc);
  const auto entries = nlohmann::ordered_json::parse(Json(model));
  nlohmann::ordered_json turned = nlohmann::ordered_json::object();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    turned[entry.key()] = entry.value();
  }
  const bool ascii_only = true;
  const absl::StatusOr<Model> back =
      ParseReferenceJson(" \n" + turned.dump(-1, ' ', ascii_only) + "\n");
  CAPTURE(back.status().message());
  REQUIRE(back.ok());
  CHECK((back->pieces == model.pieces));
}

TEST_CASE("a wrong entry is refused with its key") {
  const auto refusal = [](const std::string& from, const std::string& to) {
    return Refusal(WithChange(from, to));
  };
  CHECK_THAT(refusal("\"YWI=\"", "\"YWI\""), Contains("piece \"YWI\": the key is not base64"));
  CHECK_THAT(refusal("\"YWI=\"", "\"YWJ=\""), Contains("\"YWJ=\": the key is not base64"));
  CHECK_THAT(refusal("\"YWI=\"", "\"Y WI=\""), Contains("not base64"));
  CHECK_THAT(refusal("\"YWI=\"", "\"\""), Contains("piece \"\": its text"));
  CHECK_THAT(refusal("\"ab\"", "\"ac\""), Contains("piece \"YWI=\": its text"));
  CHECK_THAT(refusal("\"ab\"", "null"), Contains("piece \"YWI=\": expected [id, text, count]"));
  CHECK_THAT(refusal(" 259,", " 259.0,"), Contains("piece \"YWI=\": expected"));
  CHECK_THAT(refusal(" 259,", " \"259\","), Contains("piece \"YWI=\": expected"));
  CHECK_THAT(refusal(" 259,", " 9223372036854775808,"), Contains("piece \"YWI=\": expected"));
  CHECK_THAT(refusal(" 259,", ""), Contains("piece \"YWI=\": expected"));
  CHECK_THAT(refusal(" 259,", " 259, 1,"), Contains("piece \"YWI=\": expected"));
  CHECK_THAT(refusal(" 259,", " 2,"), Contains("piece \"YWI=\": id 2 is outside 3..260"));
  CHECK_THAT(refusal(" 259,", " 261,"), Contains("piece \"YWI=\": id 261 is outside 3..260"));
  CHECK_THAT(refusal(" 259,", " -1,"), Contains("piece \"YWI=\": id -1 is outside"));
  CHECK_THAT(refusal(" 260,", " 259,"), Contains("another piece has its id, 259"));
  CHECK_THAT(refusal(" 7\n", " 0\n"), Contains("piece \"YWI=\": count 0 is below 1"));
  CHECK_THAT(refusal(" 7\n", " -3\n"), Contains("piece \"YWI=\": count -3 is below 1"));
  CHECK_THAT(refusal(" 7\n", " 9223372036854775807\n"), Contains("63 bits"));
  // "b", which is there, in the place of "ab".
  CHECK_THAT(refusal("\"YWI=\": [\n        259,\n        \"ab\"",
                     "\"Yg==\": [\n        259,\n        \"b\""),
             Contains("\"b\" occurs twice"));
}

TEST_CASE("what is not an object of pieces is refused") {
  for (const char* json : {"", " ", "{", "[]", "3", "\"a\"", "null", "{}", "{\"AA==\": []}",
                           "{\"AA==\": [3, \"\\u0000\", 1]}", "\xEF\xBB\xBF", "{\"\xFF\": 1}"}) {
    CAPTURE(json);
    CHECK_FALSE(Refusal(json).empty());
  }
  const std::string json = Json(MakeModel({}, Normalization::kNfc));
  CHECK_THAT(Refusal(json + "x"), Contains("invalid JSON"));
  CHECK_THAT(Refusal(json + "{}"), Contains("invalid JSON"));
  CHECK_FALSE(Refusal(std::string(1000000, '[')).empty());
  CHECK_FALSE(Refusal("{\"AA==\":" + std::string(1000000, '[')).empty());
  // A model that lacks a byte: the whole entry of "A" removed.
  std::string without = json;
  const std::size_t at = without.find("    \"/w==\"");
  CHECK_THAT(Refusal(without.substr(0, at - 2) + "\n}"), Contains("0xff is no piece"));
}

TEST_CASE("no truncation of the JSON is taken for a model") {
  const std::string json = Json(MakeModel({{"ab", 7}}, Normalization::kNfc));
  for (std::size_t size = 0; size < json.size(); ++size) {
    CAPTURE(size);
    REQUIRE_FALSE(ParseReferenceJson(std::string_view(json).substr(0, size)).ok());
  }
}

TEST_CASE("damaged JSON gives an error or a valid model") {
  const std::uint64_t seed = 7;
  CAPTURE(seed);
  RandomText random(seed);
  const std::string json = Json(MakeModel({{"ab", 7}, {"\u4E2D", 2}}, Normalization::kNfc));
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = json;
    for (std::size_t n = 1 + random.Below(3); n > 0; --n) {
      damaged[random.Below(damaged.size())] = random.Bytes(1)[0];
    }
    const absl::StatusOr<Model> model = ParseReferenceJson(damaged);
    if (model.ok()) {
      REQUIRE(ValidateModel(*model).ok());
    } else {
      ++refused;
      REQUIRE_FALSE(model.status().message().empty());
      REQUIRE(IsValidUtf8({model.status().message().data(), model.status().message().size()}));
    }
  }
  CHECK(refused > 2000);
}

TEST_CASE("what the JSON has no place for is not lost silently") {
  Model model = MakeModel({}, Normalization::kNfc);
  model.special_tokens = {{"<user>", false}};
  CHECK_THAT(std::string(SerializeReferenceJson(model).status().message()),
             Contains("no place for the model's 1 special tokens"));
  model.special_tokens.clear();
  SetScores(ScoreKind::kWhole, &model);
  CHECK_THAT(std::string(SerializeReferenceJson(model).status().message()),
             Contains("scores by logarithms"));
  SetScores(ScoreKind::kLog, &model);
  CHECK_THAT(std::string(SerializeReferenceJson(MakeModel({})).status().message()),
             Contains("normalization"));
}

}  // namespace
}  // namespace bytepiece
