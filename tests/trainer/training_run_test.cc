// SPDX-License-Identifier: Apache-2.0
#include "trainer/training_run.h"

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("a run counts with its own options") {
  TrainerOptions options;
  options.threads = 3;
  options.spec.order = 4;
  const auto run = TrainingRun::Create(options, 7, nullptr);
  REQUIRE(run.ok());
  const CountingOptions& counting = (*run)->counting;
  CHECK(counting.spec == &(*run)->spec);
  CHECK(counting.spec->order == 4);
  CHECK(counting.unit == 7);
  CHECK(counting.threads == 3);
  CHECK(counting.boundaries == nullptr);
}

TEST_CASE("special tokens are boundaries unless they are plain text") {
  TrainerOptions options;
  options.spec.special_tokens = {"<|a|>"};
  const auto run = TrainingRun::Create(options, 1, nullptr);
  REQUIRE(run.ok());
  const SpecialTokens* const boundaries = (*run)->counting.boundaries;
  REQUIRE(boundaries != nullptr);
  CHECK(boundaries->Find("b<|a|>", 0, {SpecialTokenPolicy::kAllow})->begin == 1);
  options.spec.special_token_text = SpecialTokenText::kPlain;
  CHECK((*TrainingRun::Create(options, 1, nullptr))->counting.boundaries == nullptr);
}

TEST_CASE("what cannot be is said before anything is read") {
  TrainerOptions options;
  options.spec.order = 9;
  CHECK_THAT(std::string(TrainingRun::Create(options, 1, nullptr).status().message()),
             Contains("order 9 is outside 2..7"));
  options.spec.order = 6;
  options.memory_limit = 1 << 20;
  CHECK(absl::IsInvalidArgument(TrainingRun::Create(options, 1, nullptr).status()) ==
        absl::IsInvalidArgument(PrepareMemory(1 << 20, 0).status()));
  CHECK_FALSE(TrainingRun::Create(options, 1, nullptr).ok());
}

}  // namespace
}  // namespace bytepiece
