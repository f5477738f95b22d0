// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/automaton.h"

#include "bytepiece/automaton_builder.h"

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

}  // namespace bytepiece
