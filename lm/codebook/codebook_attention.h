// SPDX-License-Identifier: Apache-2.0
// Causal attention with the kernel of code_shares.h, linear in the length (Lingle,
// "Transformer-VQ", arXiv 2309.16354). A text goes in blocks of l positions; a query sees
// - its own block and the one before pair by pair, which is where nearby positions are
//   told apart; by one of two means:
//   window bias: kernel(q_i, k_j) exp(B[i - j]), with B = 0 for i - j > l;
//   ReRoPE (docs/method/positions.md): exp((R^i q_i).(R^j k_j)) for i - j < w <= l, and
//   kernel(R^w q_i, k_j) for all else, so that what codes stand for is not rotated;
// - all earlier blocks through code_memory.h.
// Since B ends at l and w <= l, results do not depend on where blocks begin.
//
// Gradients: of hard shares, a quantised key of the two near blocks passes its gradient on
// to the key (straight-through); what is in memory has none (as in Transformer-XL). Soft
// shares and a Performer's are differentiable, and so is their memory. Codes have none.
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "lm/attention/positions.h"
#include "lm/codebook/code_memory.h"
#include "lm/codebook/code_shares.h"

namespace bytepiece::lm {

// Keys and values in the forms that attention needs, [B, H, T, ...] each.
struct CodedKeys {
  torch::Tensor rotated;     // ReRoPE only
  torch::Tensor quantised;   // hard only: the nearest codes
  torch::Tensor log_shares;  // [.., c]
  torch::Tensor values;

  std::int64_t size() const { return values.size(-2); }
  CodedKeys Slice(std::int64_t begin, std::int64_t end) const;
  void Append(const CodedKeys& next);
  CodedKeys Select(const torch::Tensor& rows) const;
};

// A text, read block by block or position by position: the same computation, with a state
// of O(c + l) that is all it remembers.
class CodebookAttention {
 public:
  // `positions` is kReRope with window <= block, or kNone; then window_bias [H, block + 1]
  // is B for i - j = 0 .. block, else undefined.
  CodebookAttention(const Codes& codes, std::int64_t block, const RelativePositions& positions,
                    const torch::Tensor& window_bias);

  // The next positions, q, k [B, H, T, Dk], v [B, H, T, Dv] -> [B, H, T, Dv]. They end at a
  // block's end or before: T <= left_in_block(). Queries come scaled (attention_scale.h).
  torch::Tensor Next(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v);

  // The texts of these rows of the batch, int64 [n].
  CodebookAttention Select(const torch::Tensor& rows) const;

  const Codes& codes() const { return codes_; }
  std::int64_t left_in_block() const { return block_ - position_ % block_; }
  // ln share of the keys of the latest Next: [B, H, T, c].
  const torch::Tensor& latest_log_shares() const { return latest_log_shares_; }

 private:
  CodedKeys Code(const torch::Tensor& k, const torch::Tensor& v) const;
  torch::Tensor NearLogits(const torch::Tensor& q, const torch::Tensor& far_q,
                           const torch::Tensor& scores) const;
  torch::Tensor KernelLogits(const torch::Tensor& far_q, const torch::Tensor& scores,
                             std::int64_t keys) const;

  Codes codes_;
  std::int64_t block_;
  RelativePositions positions_;
  torch::Tensor bias_;  // [H, block + 2]: B, and 0 for all beyond; undefined if ReRoPE
  std::int64_t position_ = 0;
  CodeMemory memory_;
  CodedKeys recent_;  // of this block and the one before
  torch::Tensor latest_log_shares_;
};

}  // namespace bytepiece::lm
