// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/process_token_model.h"

#include <cmath>

#include "tests/lm/torch_catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece::lm {
namespace {

std::string Example(const std::string& ids) {
  return "exec python3 '" BYTEPIECE_SOURCE_DIR "/docs/examples/token_model.py' '" + ids +
         "' --vocab-size 6";
}

bool Holds(absl::string_view text, absl::string_view part) {
  return text.find(part) != absl::string_view::npos;
}

TEST_CASE("the example program is the model it says it is") {
  const TempDir folder;
  const std::string ids = folder.Write("ids.txt", "1 3 4 3 4\n1 3 5\n");
  const auto model = ProcessTokenModel::Start(Example(ids));
  REQUIRE(model.ok());
  CHECK((*model)->vocab_size() == 6);
  CHECK((*model)->name() == "bigrams of " + ids);
  std::vector<double> probabilities;
  const std::vector<TokenContext> contexts = {{1, 3}, {1}, {1, 5, 5, 3}, {1, 2}};
  REQUIRE((*model)->Next(contexts, &probabilities).ok());
  REQUIRE(probabilities.size() == 24);
  // Counts: 1 twice, 3 thrice, 4 twice, 5 once; after 3, 4 twice and 5 once; after 1, 3
  // twice.
  const double single[] = {1, 3, 1, 4, 3, 2};
  for (std::size_t b = 0; b < 6; ++b) {
    const double p = single[b] / 14;
    const double after_3 = b == 4 ? 2 : b == 5 ? 1 : 0;
    CHECK(std::abs(probabilities[b] - (after_3 + p) / 4) < 1e-12);
    CHECK(std::abs(probabilities[6 + b] - ((b == 3 ? 2 : 0) + p) / 3) < 1e-12);
    CHECK(probabilities[12 + b] == probabilities[b]);
    CHECK(std::abs(probabilities[18 + b] - p) < 1e-12);  // nothing ever follows 2
  }
  CHECK((*model)->evaluations() == 1);
  // It lives on after a request that it refuses.
  const absl::Status status = (*model)->Next(std::vector<TokenContext>{{1, 99}}, &probabilities);
  CHECK(Holds(status.message(), "line 3 of its output: reports: token id 99 is not in [0, 6)"));
  CHECK((*model)->Next(contexts, &probabilities).ok());
  CHECK((*model)->evaluations() == 3);
}

TEST_CASE("an example that cannot start says why") {
  const auto status = ProcessTokenModel::Start(Example("no-such-file")).status();
  CHECK(Holds(status.message(), "No such file"));
  CHECK(Holds(status.message(), "token_model.py"));
}

// What Next says of a program with a vocabulary of three that answers so.
absl::Status Said(const std::string& answer, std::vector<double>* probabilities) {
  const auto model = ProcessTokenModel::Start(
      "echo '{\"vocab_size\": 3}'; while read line; do echo '" + answer + "'; done");
  REQUIRE(model.ok());
  return (*model)->Next(std::vector<TokenContext>{{1}}, probabilities);
}

TEST_CASE("rows are made to sum to one, and null is probability 0") {
  std::vector<double> p;
  REQUIRE(Said("{\"log_probabilities\": [[-0.69, null, -0.69]], \"other\": 1}", &p).ok());
  CHECK(p == std::vector<double>{0.5, 0, 0.5});
}

TEST_CASE("an answer that is none is refused with its line and the cause") {
  const auto rows = [](const std::string& list) { return "{\"log_probabilities\": " + list + "}"; };
  const std::pair<std::string, std::string> cases[] = {
      {"nonsense", "is not a JSON object: nonsense"},
      {"[]", "is not a JSON object"},
      {"{}", "needs \"log_probabilities\""},
      {rows("3"), "needs \"log_probabilities\""},
      {rows("[]"), "has 0 rows for 1 contexts"},
      {rows("[3]"), "row 0 is not a list"},
      {rows("[[0, null]]"), "row 0 has 2 numbers, and the vocabulary 3 tokens"},
      {rows("[[0, null, \"x\"]]"), "row 0 has at token id 2 what is neither"},
      {rows("[[-Infinity, 0, 0]]"), "write null for the logarithm of 0"},
      {rows("[[NaN, 0, 0]]"), "write null for the logarithm of 0"},
      {rows("[[null, null, null]]"), "row 0 has probabilities of sum 0"},
      {rows("[[0.2, 0.3, 0.5]]"), "not 1; send natural logarithms"},
      {rows("[[1e300, 0, 0]]"), "not 1; send natural logarithms"},
      {"{\"error\": \"out of memory\"}", "reports: out of memory"},
      {"{\"error\": {\"code\": 3}}", "reports: {\"code\":3}"},
  };
  for (const auto& [answer, cause] : cases) {
    CAPTURE(answer);
    std::vector<double> p;
    const absl::Status status = Said(answer, &p);
    CHECK(status.code() == absl::StatusCode::kDataLoss);
    CAPTURE(status.message());
    CHECK(Holds(status.message(), "line 2 of its output: "));
    CHECK(Holds(status.message(), cause));
    CHECK(Holds(status.message(), "program 'echo"));
  }
}

TEST_CASE("a first line without a vocabulary is refused") {
  for (const char* line : {"{}", "{\"vocab_size\": 0}", "{\"vocab_size\": 2.5}",
                           "{\"vocab_size\": \"3\"}", "{\"vocab_size\": 1000000000}"}) {
    const absl::Status status =
        ProcessTokenModel::Start("echo '" + std::string(line) + "'; cat").status();
    CHECK(Holds(status.message(), "line 1 of its output: the first needs \"vocab_size\""));
  }
}

TEST_CASE("a program that ends is an error, not the end of us") {
  CHECK(Holds(ProcessTokenModel::Start("exit 3").status().message(),
              "ended with exit status 3 after 0 lines"));
  CHECK(Holds(ProcessTokenModel::Start("kill -9 $$").status().message(), "was ended by signal 9"));
  for (const char* end : {"exit 4", "read line; exit 4", "exec <&-; sleep 0.1; exit 4"}) {
    CAPTURE(end);
    const auto model = ProcessTokenModel::Start("echo '{\"vocab_size\": 3}'; " + std::string(end));
    REQUIRE(model.ok());
    std::vector<double> p;
    const std::vector<TokenContext> contexts = {TokenContext(std::vector<TokenId>(300000, 1))};
    const absl::Status first = (*model)->Next(contexts, &p);
    CHECK(first.code() == absl::StatusCode::kUnavailable);
    CHECK(Holds(first.message(), "exit status 4 after 1 lines"));
    CHECK(Holds((*model)->Next(contexts, &p).message(), "has ended"));
  }
}

TEST_CASE("an empty context is refused before the program sees it") {
  const auto model = ProcessTokenModel::Start("echo '{\"vocab_size\": 3, \"name\": 7}'; cat");
  REQUIRE(model.ok());
  CHECK(Holds((*model)->name(), "cat"));  // 7 is no name
  std::vector<double> p;
  CHECK_FALSE((*model)->Next(std::vector<TokenContext>{{1}, {}}, &p).ok());
  CHECK((*model)->Next({}, &p).ok());
  CHECK((*model)->evaluations() == 0);
}

}  // namespace
}  // namespace bytepiece::lm
