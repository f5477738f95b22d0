// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/alpha_schedule.h"

#include <cmath>
#include <string>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("a number is a constant schedule") {
  const AlphaSchedule schedule = *AlphaSchedule::Parse("0.25");
  CHECK(schedule.constant());
  for (int step = 0; step < 3; ++step) CHECK(schedule.At(step, 3) == 0.25);
  CHECK(std::isinf(AlphaSchedule::Parse("inf")->At(1, 2)));
  CHECK(AlphaSchedule().At(0, 1) == 0.2);
}

TEST_CASE("two numbers are joined by a line, ends exact") {
  const AlphaSchedule schedule = *AlphaSchedule::Parse("0.1:0.7");
  CHECK_FALSE(schedule.constant());
  CHECK(schedule.At(0, 4) == 0.1);
  CHECK(schedule.At(1, 4) == Approx(0.3));
  CHECK(schedule.At(2, 4) == Approx(0.5));
  CHECK(schedule.At(3, 4) == 0.7);
  CHECK(schedule.At(0, 1) == 0.1);
  CHECK(AlphaSchedule::Parse("1:0")->At(1, 3) == 0.5);
}

TEST_CASE("what is written can be read") {
  for (const std::string text : {"0.2", "0.1:0.5", "inf", "0"}) {
    CHECK(AlphaSchedule::Parse(text)->ToString() == text);
  }
}

TEST_CASE("anything else is refused, by name") {
  for (const std::string text : {"", "-1", "nan", "x", "1:", ":1", "0.1:-1", "0:inf", "1:2:3"}) {
    CAPTURE(text);
    const auto schedule = AlphaSchedule::Parse(text);
    REQUIRE_FALSE(schedule.ok());
    CHECK(schedule.status().message().find("\"" + text + "\"") != std::string::npos);
  }
}

}  // namespace
}  // namespace bytepiece
