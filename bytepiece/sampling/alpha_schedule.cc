// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/alpha_schedule.h"

#include <cmath>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace bytepiece {
namespace {

bool ParseAlpha(std::string_view text, double* alpha) {
  return absl::SimpleAtod({text.data(), text.size()}, alpha) && *alpha >= 0;  // nor NaN
}

}  // namespace

absl::StatusOr<AlphaSchedule> AlphaSchedule::Parse(std::string_view text) {
  AlphaSchedule schedule;
  const std::size_t colon = text.find(':');
  if (colon == text.npos) {
    if (ParseAlpha(text, &schedule.first_)) {
      schedule.last_ = schedule.first_;
      return schedule;
    }
  } else if (ParseAlpha(text.substr(0, colon), &schedule.first_) &&
             ParseAlpha(text.substr(colon + 1), &schedule.last_) &&
             std::isfinite(schedule.first_) && std::isfinite(schedule.last_)) {
    return schedule;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "alpha \"", std::string(text),
      "\" is outside the range from 0 to inf; give a number, or two finite ones as FROM:TO"));
}

double AlphaSchedule::At(std::int64_t step, std::int64_t steps) const {
  if (constant() || steps <= 1) return first_;
  const double part = static_cast<double>(step) / static_cast<double>(steps - 1);
  return first_ * (1 - part) + last_ * part;
}

std::string AlphaSchedule::ToString() const {
  return constant() ? absl::StrCat(first_) : absl::StrCat(first_, ":", last_);
}

}  // namespace bytepiece
