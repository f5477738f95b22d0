// SPDX-License-Identifier: Apache-2.0
#include "lm/recurrence/affine_scan.h"

#include <torch/autograd.h>

#include <vector>

namespace bytepiece::lm {
namespace {

constexpr std::int64_t kTime = -2;  // of states

std::int64_t TimeOf(const Transitions& transitions) { return transitions.diagonal ? -2 : -3; }

bool Constant(const Transitions& transitions) {
  return transitions.a.size(TimeOf(transitions)) == 1;
}

// Positions begin, begin + step, ..., `count` of them; a constant stays as it is.
Transitions Every(const Transitions& transitions, std::int64_t begin, std::int64_t step,
                  std::int64_t count) {
  if (Constant(transitions)) return transitions;
  const std::int64_t end = begin + step * (count - 1) + 1;
  return {transitions.a.slice(TimeOf(transitions), begin, end, step), transitions.diagonal};
}

torch::Tensor Every(const torch::Tensor& h, std::int64_t begin, std::int64_t step,
                    std::int64_t count) {
  return h.slice(kTime, begin, begin + step * (count - 1) + 1, step);
}

// First `early`, then `late`.
Transitions Compose(const Transitions& late, const Transitions& early) {
  if (late.diagonal) return {late.a * early.a, true};
  return {torch::matmul(late.a, early.a), false};
}

torch::Tensor Solve(const Transitions& transitions, const torch::Tensor& b) {
  const std::int64_t length = b.size(kTime);
  if (length == 1) return b;
  const std::int64_t pairs = length / 2;
  const std::int64_t evens = length - pairs;  // one more than pairs if the length is odd
  const Transitions late = Every(transitions, 1, 2, pairs);
  const torch::Tensor even_b = Every(b, 0, 2, evens);
  const torch::Tensor at_odd =
      Solve(Compose(late, Every(transitions, 0, 2, pairs)),
            Every(b, 1, 2, pairs) + Apply(late, even_b.narrow(kTime, 0, pairs)));
  torch::Tensor h = torch::empty_like(b);
  Every(h, 1, 2, pairs).copy_(at_odd);
  h.narrow(kTime, 0, 1).copy_(b.narrow(kTime, 0, 1));
  if (evens > 1) {
    Every(h, 2, 2, evens - 1)
        .copy_(Apply(Every(transitions, 2, 2, evens - 1), at_odd.narrow(kTime, 0, evens - 1)) +
               even_b.narrow(kTime, 1, evens - 1));
  }
  return h;
}

class Scan : public torch::autograd::Function<Scan> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& a,
                               const torch::Tensor& b, bool diagonal) {
    // A copy, and not b itself, should there be one position: a Function's result is its own.
    torch::Tensor h = b.size(kTime) == 1 ? b.clone() : Solve({a, diagonal}, b);
    context->save_for_backward({a, h});
    context->saved_data["diagonal"] = diagonal;
    return h;
  }

  static std::vector<torch::Tensor> backward(torch::autograd::AutogradContext* context,
                                             std::vector<torch::Tensor> gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor& a = saved[0];
    const torch::Tensor& h = saved[1];
    const bool diagonal = context->saved_data["diagonal"].toBool();
    const torch::Tensor of_b = AdjointScan({a, diagonal}, gradients[0]);
    torch::Tensor of_a;
    if (context->needs_input_grad(0)) {
      const torch::Tensor previous = Previous(h).conj();
      if (diagonal) {
        of_a = (of_b * previous).sum_to_size(a.sizes());
      } else if (Constant({a, diagonal})) {
        of_a = torch::matmul(of_b.transpose(-2, -1), previous).unsqueeze(-3).sum_to_size(a.sizes());
      } else {
        of_a = (of_b.unsqueeze(-1) * previous.unsqueeze(-2)).sum_to_size(a.sizes());
      }
    }
    return {of_a, of_b, torch::Tensor()};
  }
};

}  // namespace

torch::Tensor Apply(const Transitions& transitions, const torch::Tensor& h) {
  if (transitions.diagonal) return transitions.a * h;
  // One product of matrices for all positions, instead of one with a vector for each.
  if (Constant(transitions)) {
    return torch::matmul(h, transitions.a.squeeze(-3).transpose(-2, -1));
  }
  return torch::matmul(transitions.a, h.unsqueeze(-1)).squeeze(-1);
}

torch::Tensor AffineScan(const Transitions& transitions, const torch::Tensor& b) {
  return Scan::apply(transitions.a, b, transitions.diagonal);
}

torch::Tensor AdjointScan(const Transitions& transitions, const torch::Tensor& g) {
  const torch::NoGradGuard no_grad;
  const std::int64_t time = TimeOf(transitions);
  torch::Tensor a = transitions.a.conj();
  if (!transitions.diagonal) a = a.transpose(-2, -1);
  // Backwards, position t takes the transition out of t: that of t + 1. The one out of
  // the last multiplies zero.
  if (!Constant(transitions)) a = a.roll(-1, time).flip(time);
  return Solve({a, transitions.diagonal}, g.flip(kTime)).flip(kTime);
}

torch::Tensor Previous(const torch::Tensor& h) {
  return torch::cat(
      {torch::zeros_like(h.narrow(kTime, 0, 1)), h.narrow(kTime, 0, h.size(kTime) - 1)}, kTime);
}

}  // namespace bytepiece::lm
