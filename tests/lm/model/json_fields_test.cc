// SPDX-License-Identifier: Apache-2.0
#include "lm/model/json_fields.h"

#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

enum class Fruit { kApple, kPear };

struct Options {
  std::int64_t size = 3;
  double rate = 0.5;
  bool fast = false;
  Fruit fruit = Fruit::kPear;
  std::vector<std::int64_t> items;
};

void Fields(JsonFields* fields, Options* options) {
  fields->Integer("size", &options->size, 1, 10);
  fields->Object("more", [&](JsonFields* f) {
    f->Number("rate", &options->rate, 0, 1);
    f->Flag("fast", &options->fast);
  });
  fields->Choice("fruit", &options->fruit, {{"apple", Fruit::kApple}, {"pear", Fruit::kPear}});
  fields->List(
      "items", options->items.size(), [&](std::size_t n) { options->items.assign(n, 1); },
      [&](std::size_t i, JsonFields* f) { f->Integer("n", &options->items[i], 0, 5); });
}

absl::Status Read(const std::string& text, Options* options) {
  return JsonFields::Read(text, "file.json", [&](JsonFields* f) { Fields(f, options); });
}

TEST_CASE("what is written is read back, and what is absent keeps its value") {
  Options options;
  options.size = 7;
  options.rate = 0.1;
  options.fast = true;
  options.fruit = Fruit::kApple;
  options.items = {4, 0, 5};
  const std::string text = JsonFields::Write([&](JsonFields* f) { Fields(f, &options); });
  Options back;
  REQUIRE(Read(text, &back).ok());
  CHECK(back.size == 7);
  CHECK(back.rate == 0.1);
  CHECK(back.fast);
  CHECK(back.fruit == Fruit::kApple);
  CHECK(back.items == options.items);
  REQUIRE(Read("{\"items\": [{}]}", &back).ok());
  CHECK(back.size == 7);
  CHECK(back.items == std::vector<std::int64_t>{1});
}

TEST_CASE("each wrong field is named, with what would do") {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "file.json is not a JSON object"},
      {"{", "file.json is not a JSON object"},
      {R"({"sise": 1})", "file.json: sise: no such field; there are: fruit, items, more, size"},
      {R"({"more": {"x": 1}})", "more.x: no such field; there are: fast, rate"},
      {R"({"size": 0})", "size: 0 is not a whole number from 1 to 10"},
      {R"({"size": 11})", "size: 11 is not a whole number from 1 to 10"},
      {R"({"size": 2.5})", "size: 2.5 is not a whole number"},
      {R"({"size": 18446744073709551615})", "is not a whole number"},
      {R"({"size": "4"})", "size: \"4\" is not a whole number"},
      {R"({"more": {"rate": 1.5}})", "more.rate: 1.5 is not a number from 0 to 1"},
      {R"({"more": {"rate": null}})", "more.rate: null is not a number"},
      {R"({"more": {"fast": 1}})", "more.fast: 1 is neither true nor false"},
      {R"({"more": 4})", "more: is not an object"},
      {R"({"fruit": "plum"})", "fruit: \"plum\" is none of \"apple\", \"pear\""},
      {R"({"items": {}})", "items: is not an array"},
      {R"({"items": [3]})", "items[0]: is not an object"},
      {R"({"items": [{}, {"n": 9}]})", "items[1].n: 9 is not a whole number from 0 to 5"},
  };
  for (const auto& [text, message] : cases) {
    Options options;
    const absl::Status status = Read(text, &options);
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK_THAT(std::string(status.message()), Contains(message));
  }
}

}  // namespace
}  // namespace bytepiece::lm
