// SPDX-License-Identifier: Apache-2.0
// The interface of whatever mixes a layer's positions: attention of some kind, or a recurrence.
//
// Conventions, for every mixer:
// - B batch, T time, D model width. x is [B, T, D]; its dtype and device are those of
//   the parameters, and so are the result's: nothing names either, so that float trains
//   and double checks, on any device. Angles and logarithms of positions are computed in
//   double and then cast.
// - Causal: the result at position t depends on x[:, 0..t] alone. A row starts at
//   position 0; padding may follow a text, never stand before it.
// - is_training() (torch::nn::Module::train) chooses between the forms that a mixer has
//   for training and for inference, such as their position encodings.
// - Initial weights are drawn from LibTorch's default generator, which whoever makes the
//   mixer seeds (torch::manual_seed).
// - Precondition violations may throw c10::Error, as LibTorch does: the library's entry
//   points turn it into a Status.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cstdint>
#include <memory>

namespace bytepiece::lm {

// The memory that decoding keeps of the positions so far. Each mixer derives its own; made by
// NewState, passed to the Step of that same mixer. One object a text or batch of texts.
class MixerState {
 public:
  virtual ~MixerState() = default;

  // The state of the batch made of these rows of this one, which stays as it is: neither
  // sees what becomes of the other. `rows`, int64 [n] on the state's device, in any order;
  // a row that occurs often is how one text becomes many.
  virtual std::unique_ptr<MixerState> Select(const torch::Tensor& rows) const = 0;
};

class Mixer : public torch::nn::Module {
 public:
  // [B, T, D] -> [B, T, D], for T >= 1.
  virtual torch::Tensor forward(const torch::Tensor& x) = 0;

  // The same for texts that padding follows: is_text [B, T], bool; undefined: there is none.
  // The learning of a mixer other than by gradients, and AuxiliaryLoss, leaves
  // padding out.
  virtual torch::Tensor ForwardPadded(const torch::Tensor& x, const torch::Tensor& /*is_text*/) {
    return forward(x);
  }

  // The state of `batch` texts that have not begun.
  virtual std::unique_ptr<MixerState> NewState(std::int64_t batch) const = 0;

  // The next position, x [B, D] -> [B, D], as forward in inference gives it, whether or
  // not is_training(). Under torch::NoGradGuard.
  virtual torch::Tensor Step(const torch::Tensor& x, MixerState* state) = 0;

  // The next T >= 1 positions at once, x [B, T, D] -> [B, T, D]: what as many Steps give,
  // to rounding. The state may hold positions already. Here a loop over Step; mixers that
  // have a faster way take it.
  virtual torch::Tensor Prefill(const torch::Tensor& x, MixerState* state);

  // A scalar that the latest forward in training asks to be added to the loss, such as a
  // commitment loss, already weighted; undefined if the mixer has none.
  virtual torch::Tensor AuxiliaryLoss() const { return {}; }
};

}  // namespace bytepiece::lm
