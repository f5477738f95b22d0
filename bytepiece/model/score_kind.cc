// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/score_kind.h"

#include <algorithm>
#include <cmath>

namespace bytepiece::inline v0 {

const char* ScoreKindName(ScoreKind kind) { return kind == ScoreKind::kWhole ? "whole" : "log"; }

double UnigramScore(std::int64_t count, std::int64_t total) {
  return std::log(static_cast<double>(count)) - std::log(static_cast<double>(total));
}

std::int16_t WholeScore(std::int64_t count, std::int64_t total) {
  return RoundedScore(UnigramScore(count, total));
}

std::int16_t RoundedScore(double nats) {
  // The product is exact; nearbyint takes the even one of two as near, as by default all rounding.
  const double rounded = std::nearbyint(kScoresPerNat * nats);
  return static_cast<std::int16_t>(std::max(rounded, static_cast<double>(kLeastWholeScore)));
}

}  // namespace bytepiece::inline v0
