// SPDX-License-Identifier: Apache-2.0
#include "lm/generation/generation.h"

#include "bytepiece/streaming_decoder.h"
#include "lm/model/torch_status.h"

namespace bytepiece::lm {
namespace {

// Feeds tokens; the logits of the next.
torch::Tensor Feed(const std::vector<std::int64_t>& tokens, Transformer* model,
                   Transformer::State* state) {
  const torch::Tensor ids = torch::tensor(tokens, torch::kLong).to(model->device());
  return (tokens.size() == 1 ? model->Step(ids, state)
                             : model->Prefill(ids.unsqueeze(0), state))[0];
}

// Logits beyond the tokenizer's vocabulary belong to no token.
torch::Tensor OfVocabulary(const torch::Tensor& logits, const Tokenizer& tokenizer) {
  return logits.slice(0, 0, tokenizer.vocab_size());
}

}  // namespace

absl::StatusOr<GenerationResult> Generate(const std::string& prompt,
                                          const GenerationOptions& options,
                                          const Tokenizer& tokenizer,
                                          const std::function<bool(const std::string&)>& show,
                                          Transformer* model) {
  std::vector<TokenId> beginning = {kBosId};
  for (const TokenId id : tokenizer.Encode(prompt)) beginning.push_back(id);
  RandomStream random(options.seed, options.sample, 0);
  return GenerateAfter(beginning, options, tokenizer, show, &random, model);
}

absl::StatusOr<GenerationResult> GenerateAfter(const std::vector<TokenId>& beginning,
                                               const GenerationOptions& options,
                                               const Tokenizer& tokenizer,
                                               const std::function<bool(const std::string&)>& show,
                                               RandomStream* random, Transformer* model) {
  GenerationResult result;
  const absl::Status status = CatchTorch("generating", [&]() -> absl::Status {
    const torch::NoGradGuard no_grad;
    Transformer::State state = model->NewState(1);
    torch::Tensor logits = Feed({beginning.begin(), beginning.end()}, model, &state);
    StreamingDecoder decoder(tokenizer);
    for (bool go_on = true; go_on && result.tokens < options.max_tokens;) {
      if (logits.isnan().any().item<bool>()) {
        return absl::DataLossError("the model's logits are not numbers; was it trained?");
      }
      const TokenId id = SampleToken(OfVocabulary(logits, tokenizer), options.sampler, random);
      ++result.tokens;
      if (id == kEosId) {
        result.ended = true;
        return absl::OkStatus();
      }
      const absl::StatusOr<std::string> text = decoder.Feed(id);
      if (!text.ok()) return text.status();
      go_on = text->empty() || show(*text);
      if (go_on && result.tokens < options.max_tokens) logits = Feed({id}, model, &state);
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return result;
}

}  // namespace bytepiece::lm
