// SPDX-License-Identifier: Apache-2.0
// Text from a model, token by token with a cache.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/random.h"
#include "bytepiece/tokenizer.h"
#include "lm/generation/token_sampler.h"
#include "lm/model/transformer.h"

namespace bytepiece::lm {

struct GenerationOptions {
  TokenSamplerOptions sampler = {};
  std::int64_t max_tokens = 200;
  std::uint64_t seed = 0;
  std::uint64_t sample = 0;  // with `seed`, which text
};

struct GenerationResult {
  std::int64_t tokens = 0;  // generated, <eos> included
  bool ended = false;       // by <eos>
};

// Continues `prompt` and passes what it generates to `show`, never cut inside a UTF-8
// character: a character that max_tokens leaves unfinished is left out. The text ends with
// <eos>, with max_tokens, or when `show` returns false. The tokens are a function of the
// model, the prompt and the options. An empty prompt begins a document.
absl::StatusOr<GenerationResult> Generate(const std::string& prompt,
                                          const GenerationOptions& options,
                                          const Tokenizer& tokenizer,
                                          const std::function<bool(const std::string&)>& show,
                                          Transformer* model);

// The same after tokens, <bos> first, with more numbers of `random`.
absl::StatusOr<GenerationResult> GenerateAfter(const std::vector<TokenId>& beginning,
                                               const GenerationOptions& options,
                                               const Tokenizer& tokenizer,
                                               const std::function<bool(const std::string&)>& show,
                                               RandomStream* random, Transformer* model);

}  // namespace bytepiece::lm
