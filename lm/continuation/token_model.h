// SPDX-License-Identifier: Apache-2.0
// A language model as the continuation problem sees it: token ids in, probabilities of
// the next token out. Whose model it is does not matter: ours (transformer_token_model.h),
// somebody's program, a table in a test.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "lm/continuation/token_context.h"

namespace bytepiece::lm {

class TokenModel {
 public:
  virtual ~TokenModel() = default;

  // Ids from 0 to, not including, this have a probability.
  virtual std::int64_t vocab_size() const = 0;

  // Replaces *probabilities by one row for each context, [contexts, vocab_size] in row
  // order, each of sum 1: p(next = id | context). No context is empty. Implementations
  // remember recent contexts, so that one token more than one of the latest call, or of a
  // recent one, costs little.
  virtual absl::Status Next(absl::Span<const TokenContext> contexts,
                            std::vector<double>* probabilities) = 0;

  // Forgets what it remembers, so that the next call costs what a first one does.
  virtual void Forget() {}

  // The cost of the calls so far, in forward passes; a batch counts as one.
  virtual std::int64_t evaluations() const = 0;
};

}  // namespace bytepiece::lm
