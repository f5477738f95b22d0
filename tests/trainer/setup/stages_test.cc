// SPDX-License-Identifier: Apache-2.0
#include "trainer/setup/stages.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"

namespace bytepiece {
namespace {

class ToldStages : public ProgressSink {
 public:
  bool Update(const Progress& progress) override {
    told +=
        absl::StrCat(progress.stage, "/", progress.stages, " ", std::string(progress.name), ";");
    return progress.stage != stop_at;
  }
  std::string told;
  int stop_at = 0;
};

TEST_CASE("stages are told and done in order, and what is done already is neither") {
  ToldStages sink;
  std::string done;
  const auto append = [&done](const Progress& progress) {
    absl::StrAppend(&done, progress.stage, "/", progress.stages, ";");
    return absl::OkStatus();
  };
  const std::vector<Stage> stages = {
      {"first", append, /*is_done=*/true}, {"second", append}, {"third", append}};
  CHECK(RunStages(stages, &sink).ok());
  CHECK(sink.told == "2/3 second;3/3 third;");
  CHECK(done == "2/3;3/3;");
  CHECK(RunStages(stages, nullptr).ok());
  CHECK(done == "2/3;3/3;2/3;3/3;");
}

TEST_CASE("an error, or a sink that wants no more, ends the run") {
  ToldStages sink;
  int done = 0;
  const auto fail = [&done](const Progress&) {
    ++done;
    return absl::DataLossError("broken");
  };
  const std::vector<Stage> stages = {{"first", fail}, {"second", fail}};
  CHECK(RunStages(stages, &sink).message() == "broken");
  CHECK(sink.told == "1/2 first;");
  CHECK(done == 1);
  sink.stop_at = 1;
  CHECK(absl::IsCancelled(RunStages(stages, &sink)));
  CHECK(done == 1);
}

}  // namespace
}  // namespace bytepiece
