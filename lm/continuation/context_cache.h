// SPDX-License-Identifier: Apache-2.0
// The contexts of recent forward passes with the model's states after them: where to go on
// from. The one used longest ago goes first.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lm/continuation/token_context.h"
#include "lm/model/transformer.h"

namespace bytepiece::lm {

// The result of one pass, for contexts of one length, all different.
struct ContextPass {
  std::int64_t length = 0;
  std::vector<TokenContext> contexts;
  Transformer::State state;  // a row for each context
  torch::Tensor logits;      // [contexts, V]
  std::int64_t bytes = 0;    // that keeping it takes
};

class ContextCache {
 public:
  explicit ContextCache(std::int64_t capacity) : capacity_(capacity) {}

  // A beginning of a context: a row of a pass; of no pass if the beginning is empty.
  struct Place {
    std::shared_ptr<const ContextPass> pass;
    std::int64_t row = 0;

    std::int64_t length() const { return pass == nullptr ? 0 : pass->length; }
  };

  // The longest beginning of `context` that is kept, all of it at most. Counts as a use.
  // Linear in what it lacks.
  Place Longest(TokenContext context);

  void Clear();

  // Drops what was used longest ago until all that is kept has at most `capacity` bytes;
  // the pass given is kept in any case.
  void Keep(ContextPass pass);

 private:
  using Passes = std::list<std::shared_ptr<const ContextPass>>;
  struct Row {
    Passes::iterator pass;
    std::int64_t number;
  };

  void DropOldest();

  std::int64_t capacity_;
  std::int64_t bytes_ = 0;
  Passes passes_;  // latest use first
  absl::flat_hash_map<TokenContext, Row> rows_;
};

}  // namespace bytepiece::lm
