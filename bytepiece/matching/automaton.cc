// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/matching/automaton.h"

#include "bytepiece/matching/automaton_builder.h"

namespace bytepiece {

absl::StatusOr<Automaton> Automaton::Build(absl::Span<const std::string_view> sorted_keys,
                                           absl::Span<const std::int32_t> values) {
  AutomatonBuilder builder(sorted_keys, values);
  if (absl::Status status = builder.Build(); !status.ok()) return status;
  return builder.Take();
}

std::int32_t Automaton::Find(std::string_view key) const {
  State state = kRoot;
  for (const char byte : key) {
    if (!Step(&state, static_cast<unsigned char>(byte))) return kNoValue;
  }
  return HasValue(state) ? Value(state) : kNoValue;
}

bool Automaton::TablesFit(std::size_t num_values) const {
  if (units_.empty() || units_.size() % kBlockSize != 0 || values_.size() != units_.size()) {
    return false;
  }
  bool fit = true;
  for (std::size_t i = 0; i < units_.size(); ++i) {
    fit &= units_[i].base < units_.size();
    fit &= units_[i].has_value == 0 || static_cast<std::uint32_t>(values_[i]) < num_values;
  }
  return fit;
}

}  // namespace bytepiece
