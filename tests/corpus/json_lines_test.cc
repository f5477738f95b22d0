// SPDX-License-Identifier: Apache-2.0
#include "corpus/json_lines.h"

#include <string>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

// The text, or the error.
std::string Parse(std::string line, const std::string& field = "text") {
  const std::string original = line;
  JsonLineParser parser(field);
  std::string text;
  const absl::Status status = parser.Parse(&line, &text);
  CHECK(line == original);
  return status.ok() ? text : "error: " + std::string(status.message());
}

TEST_CASE("the field is found and unescaped") {
  CHECK(Parse(R"({"text": "a"})") == "a");
  CHECK(Parse(R"( {"id": [1, {"text": "no"}], "text": "", "z": null} )") == "");
  CHECK(Parse(R"({"text": "\u4e2d\n\t\"\\\/ \ud83d\ude00"})") == "中\n\t\"\\/ 😀");
  CHECK(Parse(R"({"text": "a\u0000b"})") == std::string("a\0b", 3));
  CHECK(Parse(R"({"body": "b", "text": "a"})", "body") == "b");
  CHECK(Parse(R"({"text": "first", "text": "last"})") == "last");
}

TEST_CASE("a line that is not what was asked for says why") {
  CHECK(Parse(R"({"id": 1, "body": "b"})") ==
        R"(error: no field "text"; the fields are "id", "body"; choose with --field)");
  CHECK(Parse("{}") == R"(error: no field "text"; the object is empty)");
  CHECK(Parse(R"({"text": 5})") ==
        R"(error: the field "text" is not a string; choose another with --field)");
  CHECK(Parse(R"({"text": null})").starts_with("error: the field \"text\" is not a string"));
  CHECK(Parse("[1, 2]") == "error: expected one JSON object a line, {...}");
}

TEST_CASE("invalid JSON is refused wherever it stands") {
  for (const std::string line :
       {"{", R"({"text": "a")", R"({"text": "a"} x)", R"({"text": "a"}{"text": "b"})",
        R"({"text": "a", "n": tru})", R"({"text": "a", "n": 01})", R"({"text": "a\q"})",
        R"({"text": "\ud800"})", R"({'text': 'a'})", "text", R"({"text": "a",})"}) {
    INFO(line);
    CHECK(Parse(line).starts_with("error: invalid JSON: "));
  }
  CHECK(Parse("{\"text\": \"\xFF\"}") ==
        "error: invalid JSON: the line is not valid UTF-8, which JSON must be; only plain text "
        "inputs may hold any bytes");
}

TEST_CASE("a line of 50 MB, and a short one after it") {
  const std::string large(50'000'000, 'x');
  JsonLineParser parser("text");
  std::string text;
  std::string line = "{\"text\": \"" + large + "\"}";
  REQUIRE(parser.Parse(&line, &text).ok());
  CHECK(text == large);
  line = R"({"text": "a"})";
  REQUIRE(parser.Parse(&line, &text).ok());
  CHECK(text == "a");
}

}  // namespace
}  // namespace bytepiece
