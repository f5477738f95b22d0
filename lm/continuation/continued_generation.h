// SPDX-License-Identifier: Apache-2.0
// Text from a model after a prompt that may end inside a token, by any of the methods.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "bytepiece/tokenizer.h"
#include "lm/continuation/continuation_method.h"
#include "lm/generation/generation.h"

namespace bytepiece::lm {

// Generates as Generate (generation.h) does, with its result for the naive method. The other
// methods draw the tokens up to the first that reaches beyond the prompt all at once, as one choice
// of the sampler, and the model goes on from there; what they write beyond the prompt is shown. The
// prompt is normalised first.
absl::StatusOr<GenerationResult> GenerateBy(const MethodOptions& method, const std::string& prompt,
                                            const GenerationOptions& options,
                                            const Tokenizer& tokenizer,
                                            const std::function<bool(const std::string&)>& show,
                                            std::shared_ptr<Transformer> model);

// One of the covers, by its probability, as the sampler's options say; ties by their order.
std::size_t DrawCover(const std::vector<Cover>& covers, const TokenSamplerOptions& options,
                      RandomStream* random);

// The bytes that `tokens` stand for, control tokens for nothing.
std::string BytesOf(const Tokenizer& tokenizer, absl::Span<const TokenId> tokens);

}  // namespace bytepiece::lm
