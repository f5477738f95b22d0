// SPDX-License-Identifier: Apache-2.0
// alpha over a sequence of steps (samples or epochs): constant or linear.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace bytepiece {

// Example: 0.1:0.5 over three steps is 0.1, 0.3, 0.5; over one step, 0.1.
class AlphaSchedule {
 public:
  // Constant alpha 0.2.
  AlphaSchedule() = default;

  // "X", from 0 to infinity ("inf"), or "FROM:TO", both finite and not negative.
  static absl::StatusOr<AlphaSchedule> Parse(std::string_view text);

  bool constant() const { return first_ == last_; }

  // alpha at `step` of `steps`: 0 <= step < steps. Exactly FROM at the first step
  // and TO at the last.
  double At(std::int64_t step, std::int64_t steps) const;

  // The text that Parse reads.
  std::string ToString() const;

 private:
  double first_ = 0.2;
  double last_ = 0.2;
};

}  // namespace bytepiece
