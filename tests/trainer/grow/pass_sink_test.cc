// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/pass_sink.h"

#include <vector>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

class Told : public ProgressSink {
 public:
  bool Update(const Progress& progress) override {
    all.push_back(progress);
    return goes_on;
  }

  std::vector<Progress> all;
  bool goes_on = true;
};

TEST_CASE("passes are told as one piece of progress that never goes back") {
  Told told;
  PassSink sink(&told, 1);
  sink.Plan(3);
  for (int pass = 0; pass < 3; ++pass) {
    for (const std::int64_t done : {0, 50, 100}) {
      Progress progress;
      progress.done = done;
      progress.total = 100;
      CHECK(sink.Update(progress));
    }
    sink.EndPass();
  }
  REQUIRE(told.all.size() == 9);
  std::int64_t before = 0;
  for (const Progress& progress : told.all) {
    CHECK(progress.readings == 4);
    CHECK(progress.total == 400);
    CHECK(progress.done >= before);
    before = progress.done;
  }
  CHECK(told.all.front().done == 100);
  CHECK(before == 400);
  told.goes_on = false;
  CHECK_FALSE(sink.Update(Progress()));
  CHECK(PassSink(nullptr).Update(Progress()));
}

}  // namespace
}  // namespace bytepiece
