// SPDX-License-Identifier: Apache-2.0
// Projections from the model's width to the queries, keys and values of attention, and back.
//
// Every kind of attention projects in one of two ways, so that each kind serves in both
// kinds of block:
// - multi-head: q, k and v are linear in x; the heads' results side by side go through
//   one more linear map. A feed-forward layer follows in the block.
// - gated (GAU, Hua et al., arXiv 2202.10447): one head; z = silu(x Wz), q and k are z
//   scaled and shifted element by element, v = silu(x Wv); the result is multiplied by a
//   gate u = silu(x Wu) before the last linear map. It is its own feed-forward layer.
#pragma once

#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include <cstdint>

namespace bytepiece::lm {

struct ProjectionOptions {
  bool gated = false;
  std::int64_t width = 256;       // D
  std::int64_t heads = 4;         // H; 1 if gated
  std::int64_t key_width = 64;    // Dk, of one head
  std::int64_t value_width = 64;  // Dv, of one head; gated: 2 D in the source
};

struct Heads {
  torch::Tensor q;     // [B, H, T, Dk]
  torch::Tensor k;     // [B, H, T, Dk]
  torch::Tensor v;     // [B, H, T, Dv]
  torch::Tensor gate;  // [B, T, Dv] if gated, else undefined
};

class Projection : public torch::nn::Module {
 public:
  explicit Projection(const ProjectionOptions& options);

  // x [B, T, D].
  Heads Split(const torch::Tensor& x);

  // mixed [B, H, T, Dv], of the heads given -> [B, T, D].
  torch::Tensor Merge(const torch::Tensor& mixed, const Heads& heads);

  const ProjectionOptions& options() const { return options_; }

 private:
  torch::Tensor SplitHeads(const torch::Tensor& x) const;

  ProjectionOptions options_;
  torch::nn::Linear in_{nullptr};  // q, k, v; gated: z, v, u
  torch::nn::Linear out_{nullptr};
  torch::Tensor scale_;  // gated: [2, Dk], of q and k
  torch::Tensor shift_;
};

}  // namespace bytepiece::lm
