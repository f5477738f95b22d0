// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/score_kind.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

TEST_CASE("whole scores are 64ths of the logarithms, rounded") {
  CHECK(WholeScore(1, 7) == -125);
  CHECK(WholeScore(2, 7) == -80);
  CHECK(WholeScore(4, 7) == -36);
  CHECK(InNats(-125) == -1.953125);
  const std::uint64_t seed = 5;
  CAPTURE(seed);
  RandomText random(seed);
  for (int i = 0; i < 100000; ++i) {
    const std::int64_t total = 1 + static_cast<std::int64_t>(random.Below(std::size_t{1} << 40));
    const auto count = 1 + static_cast<std::int64_t>(random.Below(static_cast<std::size_t>(total)));
    const long double nats = std::log(static_cast<long double>(count) / total);
    const std::int16_t score = WholeScore(count, total);
    CAPTURE(count, total, score);
    REQUIRE(std::abs(64 * nats - score) < 0.5L + 1e-12L);
  }
}

TEST_CASE("of two whole scores as near, the even one is taken") {
  for (int score = 0; score > kLeastWholeScore; --score) {
    const int even = score % 2 == 0 ? score : score - 1;
    REQUIRE(RoundedScore((score - 0.5) / 64) == even);
    REQUIRE(RoundedScore(std::nextafter((score - 0.5) / 64, 0.0)) == score);
    REQUIRE(RoundedScore(std::nextafter((score - 0.5) / 64, -40.0)) == score - 1);
  }
}

TEST_CASE("what is whole stays, in nats and back") {
  for (int score = kLeastWholeScore; score <= 0; ++score) {
    const auto whole = static_cast<std::int16_t>(score);
    REQUIRE(RoundedScore(InNats(whole)) == whole);
    REQUIRE(64 * InNats(whole) == score);
  }
  CHECK_FALSE(std::signbit(InNats(0)));
}

TEST_CASE("the extremes") {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  CHECK(WholeScore(1, 1) == 0);
  CHECK(WholeScore(kMost, kMost) == 0);
  CHECK(WholeScore(kMost - 256, kMost) == 0);
  CHECK(WholeScore(1, kMost) == kLeastWholeScore);  // 64 x 43.67
  CHECK(RoundedScore(-2046.5 / 64) == -2046);
  CHECK(RoundedScore(-2046.6 / 64) == -2047);
  CHECK(RoundedScore(-2047.5 / 64) == -2047);
  CHECK(RoundedScore(-std::numeric_limits<double>::infinity()) == -2047);
}

TEST_CASE("kinds have names") {
  CHECK(std::string(ScoreKindName(ScoreKind::kLog)) == "log");
  CHECK(std::string(ScoreKindName(ScoreKind::kWhole)) == "whole");
}

}  // namespace
}  // namespace bytepiece
