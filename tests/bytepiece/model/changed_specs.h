// SPDX-License-Identifier: Apache-2.0
// Training options that differ from the defaults in one field, for tests that no field is lost.
#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "bytepiece/model/spec_fields.h"

namespace bytepiece {

// Another value than `value`, within the field's range.
inline bool OtherValue(const SpecField&, bool value) { return !value; }
inline std::vector<std::int64_t> OtherValue(const SpecField&, const std::vector<std::int64_t>&) {
  return {std::int64_t{1} << 33, 259};
}
inline std::vector<std::string> OtherValue(const SpecField&, const std::vector<std::string>&) {
  return {"<|a b|>", "\"\n\\", "\u4E2D"};
}
template <typename Value>
Value OtherValue(const SpecField& field, Value value) {
  if constexpr (std::is_enum_v<Value>) {
    return static_cast<Value>(value == Value{0} ? 1 : 0);
  } else if constexpr (std::is_same_v<Value, double>) {
    return 0.1 + 0.2;  // of many digits
  } else {
    return static_cast<Value>(value == field.least ? field.least + 2 : value - 1);
  }
}

// Calls test(field, member, spec) with every option changed by turns; `base` has the others.
inline void ForEachChangedSpec(
    const TrainerSpec& base,
    const std::function<void(const SpecField&, const TrainerSpec&)>& test) {
  VisitSpecFields([&](const SpecField& field, auto member) {
    TrainerSpec spec = base;
    spec.*member = OtherValue(field, spec.*member);
    test(field, spec);
  });
}

}  // namespace bytepiece
