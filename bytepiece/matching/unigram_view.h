// SPDX-License-Identifier: Apache-2.0
// Pieces with their scores, as the plain recursion and the lattice search them.
#pragma once

#include <cstddef>

#include "absl/types/span.h"
#include "bytepiece/matching/automaton.h"

namespace bytepiece {

// A unigram model to be searched: an automaton, a score for each of its values, and the
// length in bytes of its longest key (up to 65535). Every byte of the texts must be
// a key with a finite score. A value whose score is -infinity is as good as
// absent. The caller keeps the parts alive.
struct UnigramView {
  const Automaton* automaton = nullptr;
  absl::Span<const double> scores;  // by value
  std::size_t max_length = 0;       // bytes
};

}  // namespace bytepiece
