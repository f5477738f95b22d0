// SPDX-License-Identifier: Apache-2.0
#include "corpus/json_lines.h"

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "bytepiece/base/utf8.h"
#include "tests/support/catch.h"

namespace bytepiece {
namespace {

// The text, or the error.
std::string Parse(const std::string& line, const std::string& field = "text") {
  std::string text;
  std::int64_t replaced = 0;
  const absl::Status status = JsonLineParser(field).Parse(line, &text, &replaced);
  return status.ok() ? text : "error: " + std::string(status.message());
}

TEST_CASE("the field is found and unescaped") {
  CHECK(Parse(R"({"text": "a"})") == "a");
  CHECK(Parse(R"( {"id": [1, {"text": "no"}], "text": "", "z": null} )") == "");
  CHECK(Parse(R"({"text": "\u4e2d\n\t\"\\\/ \ud83d\ude00\b\f\r\u00e9"})") ==
        "中\n\t\"\\/ 😀\b\f\ré");
  CHECK(Parse(R"({"text": "a\u0000b"})") == std::string("a\0b", 3));
  CHECK(Parse(R"({"body": "b", "text": "a"})", "body") == "b");
  CHECK(Parse(R"({"text": "first", "text": "last"})") == "last");
  CHECK(Parse(R"({"te\u0078t": "a\\"})") == "a\\");
  CHECK(Parse("{\"\\\\\":\"x\",\"text\":\"a\\\\\\\"\"}") == "a\\\"");
}

TEST_CASE("a name leads into objects, the longest key first") {
  CHECK(Parse(R"({"meta": {"id": 1, "text": "a"}})", "meta.text") == "a");
  CHECK(Parse(R"({"meta.text": "literal", "meta": {"text": "nested"}})", "meta.text") == "literal");
  CHECK(Parse(R"({"meta": {"text": "nested"}, "meta.text": "literal"})", "meta.text") == "literal");
  CHECK(Parse(R"({"a": {"b": {"c": "x"}}})", "a.b.c") == "x");
  CHECK(Parse(R"({"a.b": {"c": "x"}, "a": {"b.c": "y"}})", "a.b.c") == "x");
  CHECK(Parse(R"({"a": "flat"})", "a.b") ==
        R"(error: no field "a.b"; the fields are "a"; choose with --field)");
  CHECK(Parse(R"({"a": {"b": "x"}})", "a") ==
        R"(error: the field "a" is an object, not a string; name a field within it (--field a.b))");
}

TEST_CASE("only the field that is read must be good") {
  for (const std::string other :
       {R"(123456789012345678901234567890)", R"(1e999)", R"(NaN)", R"(-Infinity)", R"("\ud800")",
        R"("\q")", R"(01)", R"(tru)", "\"\xFF\"", "\"tab\tin it\"", R"([[[{"a": ["]", "}"]}]]])"}) {
    INFO(other);
    CHECK(Parse("{\"n\": " + other + ", \"text\": \"a\"}") == "a");
    CHECK(Parse("{\"text\": \"a\", \"n\": " + other + "}") == "a");
  }
  const std::string deep(1'000'000, '[');
  CHECK(Parse("{\"n\": " + deep + std::string(1'000'000, ']') + ", \"text\": \"a\"}") == "a");
}

TEST_CASE("half a surrogate becomes U+FFFD and is counted") {
  std::string text;
  std::int64_t replaced = 0;
  const JsonLineParser parser("text");
  REQUIRE(
      parser.Parse(R"({"text": "\ud800 \udc00\ud800\ud83d\ude00\udbff\u0041"})", &text, &replaced)
          .ok());
  CHECK(text == "\uFFFD \uFFFD\uFFFD😀\uFFFDA");
  CHECK(replaced == 4);
  REQUIRE(parser.Parse(R"({"text": "\uFFFD", "other": "\ud800"})", &text, &replaced).ok());
  CHECK(replaced == 4);
}

TEST_CASE("a line that is not what was asked for says why") {
  CHECK(Parse(R"({"id": 1, "body": "b"})") ==
        R"(error: no field "text"; the fields are "id", "body"; choose with --field)");
  CHECK(Parse("{}") == R"(error: no field "text"; the object is empty)");
  CHECK(Parse(R"({"text": 5})") ==
        R"(error: the field "text" is 5, not a string; choose another with --field)");
  CHECK(Parse(R"({"text": null})").starts_with("error: the field \"text\" is null, not a string"));
  CHECK(Parse(R"({"text": NaN})").starts_with("error: the field \"text\" is NaN, not a string"));
  CHECK(Parse(R"({"text": ["a"]})").starts_with("error: the field \"text\" is an array, not "));
  CHECK(
      Parse("[1, 2]") ==
      "error: expected one JSON object a line, {...}; if this is an array of them, \"jq -c '.[]'\" "
      "writes its objects so");
  CHECK(Parse("text") == "error: expected one JSON object a line, {...}");
}

TEST_CASE("invalid JSON is refused, with its cause and place") {
  const auto error = [](const std::string& line) {
    return Parse(line).substr(std::string_view("error: invalid JSON: ").size());
  };
  CHECK(error("{") ==
        "the line ends within an object, at byte 2; JSON Lines has each object on one line, as "
        "\"jq -c .\" writes them");
  CHECK(error(R"({"text": "a")").starts_with("the line ends within an object"));
  CHECK(error(R"({"text": "a)") == "the line ends within a string that begins here, at byte 11");
  CHECK(error(R"({"text": "a"} x)") == "there is more after the object, at byte 15");
  CHECK(error(R"({'text': 'a'})") == "expected a name in double quotes, at byte 2");
  CHECK(error(R"({"text" "a"})") == "expected a colon after the name, at byte 9");
  CHECK(error(R"({"text": })") == "expected a value, at byte 10");
  CHECK(error(R"({"text": "a" "b": 1})") == "expected a comma or }, at byte 14");
  for (const std::string line :
       {R"({"text": "a"}{"text": "b"})", R"({"text": "a",})", R"({"text": "a\q"})",
        R"({"text": "\u12"})", R"({"a": [1, 2)", R"({"a": {"b": "c}, "text": "a"})"}) {
    INFO(line);
    CHECK(Parse(line).starts_with("error: invalid JSON"));
  }
  CHECK(
      Parse("{\"text\": \"\xFF\"}") ==
      "error: invalid JSON: the field \"text\" is not valid UTF-8, which JSON must be; only plain "
      "text inputs may hold any bytes");
  CHECK(Parse("{\"text\": \"a\tb\"}") ==
        "error: invalid JSON: the field \"text\" has a control character that JSON would escape");
}

TEST_CASE("random objects are read as another parser reads them") {
  std::mt19937_64 random(20260102);
  const char* const characters[] = {"a", "\"", "\\", "\n", "中", "😀",
                                    "{", "}",  "[",  ",",  ":",  "\x01"};
  const auto text = [&] {
    std::string made;
    for (std::size_t i = random() % 8; i > 0; --i)
      made += characters[random() % std::size(characters)];
    return made;
  };
  for (int i = 0; i < 2000; ++i) {
    nlohmann::ordered_json object;
    for (std::size_t n = random() % 4; n > 0; --n) object[text()] = {{text(), text()}, {"n", 1.5}};
    object["text"] = text();
    object[text()] = text();
    const bool ascii = random() % 2 == 0;
    const std::string line = object.dump(random() % 2 == 0 ? -1 : 1, ' ', ascii);
    INFO(line);
    REQUIRE(Parse(line) == object["text"].get<std::string>());
    // Cut anywhere, it is an error and not another text.
    REQUIRE(Parse(line.substr(0, random() % line.size())).starts_with("error: "));
  }
}

TEST_CASE("whether a line has the field") {
  const JsonLineParser parser("text");
  CHECK(parser.HasField(R"({"text": null})"));
  CHECK(parser.HasField(R"( {"n": NaN, "text": "a"} )"));
  CHECK_FALSE(parser.HasField(R"({"body": "a"})"));
  CHECK_FALSE(parser.HasField(R"({"text": "a"} and more)"));
  CHECK_FALSE(parser.HasField("text"));
  CHECK_FALSE(parser.HasField(""));
}

TEST_CASE("a line of 50 MB, and a short one after it") {
  const std::string large(50'000'000, 'x');
  CHECK(Parse("{\"text\": \"" + large + "\"}") == large);
  CHECK(Parse(R"({"text": "a"})") == "a");
}

}  // namespace
}  // namespace bytepiece
