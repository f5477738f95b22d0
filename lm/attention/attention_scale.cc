// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/attention_scale.h"

#include <torch/nn/functional/normalization.h>

#include <cmath>

#include "lm/attention/scale_solver.h"

namespace bytepiece::lm {
namespace {

double Constant(const ScaleOptions& options, std::int64_t key_width) {
  const double inverse_sqrt = 1 / std::sqrt(static_cast<double>(key_width));
  switch (options.kind) {
    case ScaleKind::kConstant:
      return options.value * inverse_sqrt;
    case ScaleKind::kGradientMax:
      return NormalScale(options.length) * inverse_sqrt;
    case ScaleKind::kCosine:
      return options.value > 0 ? options.value : CosineScale(options.length, key_width);
    case ScaleKind::kInverseSqrt:
    case ScaleKind::kLogN:
    case ScaleKind::kLogNTest:
      break;
  }
  return inverse_sqrt;
}

// x / |x|; the zero vector stays.
torch::Tensor Normalize(const torch::Tensor& x) {
  return torch::nn::functional::normalize(
      x, torch::nn::functional::NormalizeFuncOptions().dim(-1).eps(1e-12));
}

}  // namespace

AttentionScale::AttentionScale(const ScaleOptions& options, std::int64_t heads,
                               std::int64_t key_width)
    : options_(options), constant_(Constant(options, key_width)) {
  if (options.kind != ScaleKind::kCosine || !options.learned) return;
  log_temperature_ =
      register_parameter("log_temperature", torch::full({heads, 1, 1}, std::log(constant_)));
}

torch::Tensor AttentionScale::Queries(const torch::Tensor& q, std::int64_t first,
                                      bool training) const {
  if (options_.kind == ScaleKind::kCosine) {
    const torch::Tensor direction = Normalize(q);
    return log_temperature_.defined() ? direction * log_temperature_.exp() : direction * constant_;
  }
  const bool by_position =
      options_.kind == ScaleKind::kLogN || (options_.kind == ScaleKind::kLogNTest && !training);
  if (!by_position) return q * constant_;
  const torch::Tensor n = torch::arange(first + 1, first + 1 + q.size(-2), torch::kDouble);
  torch::Tensor factor = n.log() / std::log(options_.length);
  if (options_.kind == ScaleKind::kLogNTest) factor = factor.clamp_min(1);
  return q * (factor * constant_).unsqueeze(-1).to(q.options());
}

torch::Tensor AttentionScale::Keys(const torch::Tensor& k) const {
  return options_.kind == ScaleKind::kCosine ? Normalize(k) : k;
}

}  // namespace bytepiece::lm
