// SPDX-License-Identifier: Apache-2.0
// The frozen trie over the pieces: a double array walked byte by byte.
//
// A state is an index into one array of 8-byte units. The child of state s by
// byte b is s' = base(s) XOR b, and exists if unit s' carries the label b; each
// base is used by one state only, so the label alone decides. With 80k pieces
// the array has some 300k units.
//
// Example: pieces "a", "ab": from kRoot, 'a' leads to a state with Value 0 (the
// first key), from there 'b' to one with Value 1, from there any byte to kNone.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace bytepiece {

class Automaton {
 public:
  using State = std::uint32_t;
  static constexpr State kRoot = 0;
  static constexpr std::int32_t kNoValue = -1;

  Automaton() = default;

  // `sorted_keys`: strictly ascending by bytes, none empty. The value of a key
  // is its index in `values`, or values[index] if values are given. Time
  // and memory: linear in the total length of the keys.
  static absl::StatusOr<Automaton> Build(absl::Span<const std::string_view> sorted_keys,
                                         absl::Span<const std::int32_t> values = {});

  // Follows `byte` from *state. False, with *state unspecified, if no key goes
  // on that way.
  bool Step(State* state, unsigned char byte) const {
    const State next = units_[*state].base ^ byte;
    *state = next;
    return units_[next].label == byte && units_[next].used;
  }

  // Whether a key ends at `state`.
  bool HasValue(State state) const { return units_[state].has_value; }

  // The value of the key that ends at `state`. Requires HasValue(state).
  std::int32_t Value(State state) const { return values_[state]; }

  // The value of `key`, or kNoValue.
  std::int32_t Find(std::string_view key) const;

  std::size_t num_units() const { return units_.size(); }

 private:
  friend class AutomatonBuilder;

  struct Unit {
    std::uint32_t base = 0;
    std::uint8_t label = 0;
    bool used = false;
    bool has_value = false;
  };
  static_assert(sizeof(Unit) == 8);

  std::vector<Unit> units_;
  std::vector<std::int32_t> values_;  // parallel to units_
};

}  // namespace bytepiece
