// SPDX-License-Identifier: Apache-2.0
#include "lm/codebook/codebook_mixer.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace bytepiece::lm {
namespace {

struct CodebookState : MixerState {
  explicit CodebookState(CodebookAttention attention) : attention(std::move(attention)) {}
  std::unique_ptr<MixerState> Select(const torch::Tensor& rows) const override {
    auto selected = std::make_unique<CodebookState>(attention.Select(rows));
    selected->position = position;
    return selected;
  }

  CodebookAttention attention;
  std::int64_t position = 0;
};

// Keys [B, H, T, Dk] of texts, padding left out, as those of one text [1, H, n, Dk].
torch::Tensor KeysOfText(const torch::Tensor& k, const torch::Tensor& is_text) {
  if (!is_text.defined()) return k;
  const torch::Tensor positions = is_text.flatten().nonzero().flatten();
  return k.transpose(1, 2).flatten(0, 1).index_select(0, positions).transpose(0, 1).unsqueeze(0);
}

}  // namespace

CodebookMixer::CodebookMixer(const CodebookMixerOptions& options)
    : options_(options),
      training_(options.training, options.projection.key_width),
      inference_(options.inference, options.projection.key_width) {
  const std::int64_t heads = options.projection.heads;
  const std::int64_t key_width = options.projection.key_width;
  TORCH_CHECK(training_.rotates() == inference_.rotates(),
              "a window bias is part of the weights, so it serves in training and inference");
  projection_ = register_module("projection", std::make_shared<Projection>(options.projection));
  scale_ =
      register_module("scale", std::make_shared<AttentionScale>(options.scale, heads, key_width));
  codebook_ =
      register_module("codebook", std::make_shared<Codebook>(options.codebook, heads, key_width));
  if (!training_.rotates()) {
    // Flat, because it is no matrix: weight decay is not for it.
    window_bias_ = register_parameter("window_bias", torch::zeros({heads * (options.block + 1)}));
  }
}

CodebookAttention CodebookMixer::Begin(bool training) const {
  return {codebook_->Current(), options_.block, training ? training_ : inference_,
          window_bias_.defined() ? window_bias_.view({-1, options_.block + 1}) : window_bias_};
}

torch::Tensor CodebookMixer::ForwardPadded(const torch::Tensor& x, const torch::Tensor& is_text) {
  const Heads heads = projection_->Split(x);
  const torch::Tensor q = scale_->Queries(heads.q, 0, is_training());
  const torch::Tensor k = scale_->Keys(heads.k);
  const bool learns = is_training() && codebook_->learns();
  const torch::Tensor learned = learns ? KeysOfText(k.detach(), is_text) : torch::Tensor();
  if (learns) codebook_->Begin(learned);
  torch::Tensor padding;  // [B, 1, T, 1]
  if (is_text.defined()) padding = is_text.logical_not().unsqueeze(1).unsqueeze(-1);
  CodebookAttention attention = Begin(is_training());
  CodeTally tally;
  torch::Tensor strayed;  // summed squared differences of keys and codes
  std::vector<torch::Tensor> mixed;
  for (std::int64_t t = 0; t < x.size(1); t += options_.block) {
    const auto block = [&](const torch::Tensor& all) {
      return all.slice(-2, t, std::min(t + options_.block, x.size(1)));
    };
    mixed.push_back(attention.Next(block(q), block(k), block(heads.v)));
    if (!learns) continue;
    torch::Tensor log_shares = attention.latest_log_shares().detach();
    torch::Tensor squares =
        (block(k) - torch::matmul(log_shares.exp(), attention.codes().vectors)).square();
    if (padding.defined()) {
      log_shares = log_shares.masked_fill(block(padding), -std::numeric_limits<double>::infinity());
      squares = squares.masked_fill(block(padding), 0);
    }
    tally.Add(log_shares, block(k));
    strayed = strayed.defined() ? strayed + squares.sum() : squares.sum();
  }
  auxiliary_loss_.reset();
  if (learns) {
    codebook_->Learn(tally, learned);
    auxiliary_loss_ = strayed * (options_.commitment / static_cast<double>(learned.numel()));
  }
  return projection_->Merge(torch::cat(mixed, 2), heads);
}

std::unique_ptr<MixerState> CodebookMixer::NewState(std::int64_t) const {
  return std::make_unique<CodebookState>(Begin(/*training=*/false));
}

torch::Tensor CodebookMixer::Step(const torch::Tensor& x, MixerState* state) {
  return Prefill(x.unsqueeze(1), state).squeeze(1);
}

torch::Tensor CodebookMixer::Prefill(const torch::Tensor& x, MixerState* state) {
  auto* own = dynamic_cast<CodebookState*>(state);
  TORCH_CHECK(own != nullptr, "the state of another mixer");
  const Heads heads = projection_->Split(x);
  const torch::Tensor q = scale_->Queries(heads.q, own->position, /*training=*/false);
  const torch::Tensor k = scale_->Keys(heads.k);
  std::vector<torch::Tensor> mixed;
  for (std::int64_t begin = 0; begin < x.size(1);) {
    const std::int64_t end = std::min(begin + own->attention.left_in_block(), x.size(1));
    mixed.push_back(own->attention.Next(q.slice(2, begin, end), k.slice(2, begin, end),
                                        heads.v.slice(2, begin, end)));
    begin = end;
  }
  own->position += x.size(1);
  return projection_->Merge(torch::cat(mixed, 2), heads);
}

}  // namespace bytepiece::lm
