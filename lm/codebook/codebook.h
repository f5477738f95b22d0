// SPDX-License-Identifier: Apache-2.0
// The codes of codebook attention, and how they follow the keys in training.
//
// Hard and soft codes are the moving average of the keys that they got a share of, not
// learned by gradient (van den Oord et al., arXiv 1711.00937, appendix): with n keys of
// sum s in a batch,
//   N <- decay N + (1 - decay) n,   N c <- decay N c + (1 - decay) s.
// They begin as keys of the first batch. A code with less than 1/50 of the average N is
// dead: it begins anew as a key of the batch, with the average N, so that it is not
// dead again at once. A Performer's w are drawn once and stay.
//
// Codes and N are buffers: a checkpoint has them. Random numbers are those of LibTorch's
// default generator, as with initial weights; a checkpoint has its state too.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>

#include "lm/codebook/code_shares.h"

namespace bytepiece::lm {

struct CodebookOptions {
  ShareKind kind = ShareKind::kHard;
  std::int64_t codes = 256;  // c, of a head
  double temperature = 1;    // kSoft: tau, > 0
  double decay = 0.99;       // kHard, kSoft; < 1
  // kPerformer: all |w| are sqrt(Dk): the kernel varies less, and is off on average.
  // Otherwise they are as long as normal vectors, and it is right on average. Either way
  // w are orthogonal, by groups of Dk.
  bool equal_norm = false;

  friend bool operator==(const CodebookOptions&, const CodebookOptions&) = default;
};

// The contribution of a batch's keys to each code.
class CodeTally {
 public:
  // Adds keys [B, H, T, Dk] with log shares [B, H, T, c].
  void Add(const torch::Tensor& log_shares, const torch::Tensor& keys);

  const torch::Tensor& counts() const { return counts_; }  // [H, c]
  const torch::Tensor& sums() const { return sums_; }      // [H, c, Dk]

 private:
  torch::Tensor counts_;
  torch::Tensor sums_;
};

class Codebook : public torch::nn::Module {
 public:
  Codebook(const CodebookOptions& options, std::int64_t heads, std::int64_t key_width);

  // The codes as they are: learning later does not change them.
  Codes Current() const;

  // True if codes follow the keys.
  bool learns() const { return options_.kind != ShareKind::kPerformer; }

  // Before the first key has come: makes codes of keys drawn from these [B, H, T, Dk].
  void Begin(const torch::Tensor& keys);
  // One step of the moving averages. The tally is of Current() and these keys.
  void Learn(const CodeTally& tally, const torch::Tensor& keys);

 private:
  CodebookOptions options_;
  torch::Tensor vectors_;  // [H, c, Dk]
  torch::Tensor counts_;   // [H, c]; N, all 0 before Begin
};

}  // namespace bytepiece::lm
