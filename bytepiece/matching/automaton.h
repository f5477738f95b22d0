// SPDX-License-Identifier: Apache-2.0
// The frozen trie over the pieces: a double array walked byte by byte.
//
// A state is an index into one array of 8-byte units. The child of state s by
// byte b is the unit base(s) XOR b if that unit carries the label b, and does
// not exist otherwise. Two states never share a base, so the label alone decides.
//
// Example: keys "a", "ab" with values 0, 1: from kRoot, 'a' leads to a state
// with value 0, from there 'b' to one with value 1, from there nothing leads on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/frozen_array.h"

namespace bytepiece {

class Automaton {
 public:
  using State = std::uint32_t;
  static constexpr State kRoot = 0;
  static constexpr std::int32_t kNoValue = -1;

  Automaton() = default;

  // `sorted_keys`: strictly ascending by bytes, none empty. The value of a key
  // is values[its index], not negative, or its index if no values are given.
  // Time: linear in the total length of the keys. Errors: keys out of order, or
  // more states than 32 bits address.
  static absl::StatusOr<Automaton> Build(absl::Span<const std::string_view> sorted_keys,
                                         absl::Span<const std::int32_t> values = {});

  // Follows `byte` from *state. False, with *state unspecified, if no key goes
  // on that way.
  bool Step(State* state, unsigned char byte) const {
    *state = units_[*state].base ^ byte;
    return units_[*state].label == byte;
  }

  // Whether a key ends at `state`.
  bool HasValue(State state) const { return units_[state].has_value != 0; }

  // The value of the key that ends at `state`. Requires HasValue(state).
  std::int32_t Value(State state) const { return values_[state]; }

  // The value of `key`, or kNoValue.
  std::int32_t Find(std::string_view key) const;

  std::size_t num_units() const { return units_.size(); }

  // For Vocabulary's.
  template <typename Self, typename Visit>
  static void VisitTables(Self& self, Visit& visit) {
    visit(self.units_);
    visit(self.values_);
  }
  bool TablesFit(std::size_t num_values) const;

 private:
  friend class AutomatonBuilder;

  // Units in a block: a child's place differs from its base in the last bits only.
  static constexpr std::size_t kBlockSize = 256;

  // Bytes are 0..255, so a unit with this label is nobody's child.
  static constexpr std::uint16_t kNoLabel = 0xFFFF;

  struct Unit {
    std::uint32_t base = 0;  // 0, a block without labels, where nothing leads on
    std::uint16_t label = kNoLabel;
    std::uint16_t has_value = 0;
  };
  static_assert(sizeof(Unit) == 8);

  FrozenArray<Unit> units_{LargeVector<Unit>(kBlockSize)};
  FrozenArray<std::int32_t> values_;  // parallel to units_
};

}  // namespace bytepiece
