// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/continued_generation.h"

#include <cmath>
#include <limits>
#include <vector>

#include "bytepiece/base/utf8.h"
#include "bytepiece/text/normalizer.h"
#include "lm/continuation/transformer_token_model.h"

namespace bytepiece::lm {

std::string BytesOf(const Tokenizer& tokenizer, absl::Span<const TokenId> tokens) {
  std::string bytes;
  for (const TokenId id : tokens) {
    tokenizer.AppendDecoded(id, {.control_tokens = false, .special_tokens = false}, &bytes);
  }
  return bytes;
}

std::size_t DrawCover(const std::vector<Cover>& covers, const TokenSamplerOptions& options,
                      RandomStream* random) {
  // Covers stand as the ids from kEosId on: those below are never drawn.
  const auto size = static_cast<std::int64_t>(covers.size());
  torch::Tensor logits =
      torch::full({kEosId + size}, -std::numeric_limits<double>::infinity(), torch::kDouble);
  auto cells = logits.accessor<double, 1>();
  for (std::int64_t i = 0; i < size; ++i) {
    cells[kEosId + i] = std::log(covers[static_cast<std::size_t>(i)].probability);
  }
  return static_cast<std::size_t>(SampleToken(logits, options, random) - kEosId);
}

absl::StatusOr<GenerationResult> GenerateBy(const MethodOptions& method, const std::string& prompt,
                                            const GenerationOptions& options,
                                            const Tokenizer& tokenizer,
                                            const std::function<bool(const std::string&)>& show,
                                            std::shared_ptr<Transformer> model) {
  if (method.kind == MethodKind::kNaive || options.max_tokens == 0) {
    return Generate(prompt, options, tokenizer, show, model.get());
  }
  std::string buffer;
  const std::string text(Normalize(tokenizer.normalization(), prompt, &buffer));
  const PrefixIndex index(&tokenizer.vocabulary());
  auto token_model = TransformerTokenModel::Create(model, tokenizer.vocab_size());
  if (!token_model.ok()) return token_model.status();
  const auto first = ContinuationMethod(method, &tokenizer, &index, token_model->get()).First(text);
  if (!first.ok()) return first.status();

  RandomStream random(options.seed, options.sample, 0);
  const Cover& cover = first->covers[DrawCover(first->covers, options.sampler, &random)];
  std::vector<TokenId> beginning = first->context;
  beginning.insert(beginning.end(), cover.tokens.begin(), cover.tokens.end());
  if (beginning.back() == kEosId) return GenerationResult{.tokens = 1, .ended = true};
  // A character that the first tokens leave unfinished is given out with what finishes it.
  std::string pending;
  const auto show_whole = [&](const std::string& more) {
    pending += more;
    const std::size_t whole = pending.size() - IncompleteUtf8Suffix(pending);
    if (whole == 0) return true;
    const std::string shown = pending.substr(0, whole);
    pending.erase(0, whole);
    return show(shown);
  };
  if (!show_whole(BytesOf(tokenizer, beginning).substr(text.size()))) {
    return GenerationResult{.tokens = 1};
  }
  GenerationOptions rest = options;
  --rest.max_tokens;
  absl::StatusOr<GenerationResult> result =
      GenerateAfter(beginning, rest, tokenizer, show_whole, &random, model.get());
  if (result.ok()) ++result->tokens;
  return result;
}

}  // namespace bytepiece::lm
