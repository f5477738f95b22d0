// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/softmax_attention.h"

#include <algorithm>
#include <utility>

#include "lm/attention/key_value_cache.h"

namespace bytepiece::lm {
namespace {

// Cosines and sines of P(0), P(1), ...: grown as the text does.
class RotationTable {
 public:
  // [distances, Dk/2], of distances - 1 .. 0: oldest key first. Keys turn backwards, so
  // that the queries need not turn.
  void Get(const RelativePositions& positions, std::int64_t distances,
           const torch::TensorOptions& options, torch::Tensor* cosines, torch::Tensor* sines) {
    if (distances > size_) Grow(positions, std::max(distances, 2 * size_), options);
    *cosines = cosines_.slice(0, size_ - distances);
    *sines = sines_.slice(0, size_ - distances);
  }

 private:
  void Grow(const RelativePositions& positions, std::int64_t size,
            const torch::TensorOptions& options) {
    torch::Tensor p = torch::empty({size}, torch::kDouble);
    auto cell = p.accessor<double, 1>();
    for (std::int64_t i = 0; i < size; ++i) cell[i] = -positions.At(size - 1 - i);
    const torch::Tensor angles = positions.Angles(p);
    cosines_ = angles.cos().to(options);
    sines_ = angles.sin().to(options);
    size_ = size;
  }

  std::int64_t size_ = 0;
  torch::Tensor cosines_;
  torch::Tensor sines_;
};

struct AttentionState : MixerState {
  explicit AttentionState(KeyValueCache kept) : cache(std::move(kept)) {}

  std::unique_ptr<MixerState> Select(const torch::Tensor& rows) const override {
    auto selected = std::make_unique<AttentionState>(cache.Select(rows));
    selected->rotations = rotations;  // of no text; tables that grow are replaced, not changed
    return selected;
  }

  KeyValueCache cache;
  RotationTable rotations;
};

AttentionState* OwnState(MixerState* state) {
  auto* own = dynamic_cast<AttentionState*>(state);
  TORCH_CHECK(own != nullptr, "the state of another mixer");
  return own;
}

}  // namespace

SoftmaxAttention::SoftmaxAttention(const SoftmaxAttentionOptions& options)
    : options_(options),
      training_(options.training, options.projection.key_width),
      inference_(options.inference, options.projection.key_width) {
  projection_ = register_module("projection", std::make_shared<Projection>(options.projection));
  scale_ = register_module("scale",
                           std::make_shared<AttentionScale>(options.scale, options.projection.heads,
                                                            options.projection.key_width));
}

torch::Tensor SoftmaxAttention::forward(const torch::Tensor& x) {
  const Heads heads = projection_->Split(x);
  const torch::Tensor mixed =
      BandedAttention(scale_->Queries(heads.q, 0, is_training()), scale_->Keys(heads.k), heads.v,
                      is_training() ? training_ : inference_, options_.band);
  return projection_->Merge(mixed, heads);
}

std::unique_ptr<MixerState> SoftmaxAttention::NewState(std::int64_t) const {
  return std::make_unique<AttentionState>(KeyValueCache(options_.band.window));
}

torch::Tensor SoftmaxAttention::Step(const torch::Tensor& x, MixerState* state) {
  AttentionState* own = OwnState(state);
  const Heads heads = projection_->Split(x.unsqueeze(1));
  const torch::Tensor q = scale_->Queries(heads.q, own->cache.appended(), /*training=*/false);
  own->cache.Append(scale_->Keys(heads.k), heads.v);
  torch::Tensor keys = own->cache.keys();
  if (inference_.rotates()) {
    torch::Tensor cosines, sines;
    own->rotations.Get(inference_, own->cache.kept(), keys.options(), &cosines, &sines);
    keys = Rotate(keys, cosines, sines);
  }
  const torch::Tensor weights = torch::softmax(torch::matmul(q, keys.transpose(-2, -1)), -1);
  return projection_->Merge(torch::matmul(weights, own->cache.values()), heads).squeeze(1);
}

torch::Tensor SoftmaxAttention::Prefill(const torch::Tensor& x, MixerState* state) {
  AttentionState* own = OwnState(state);
  const Heads heads = projection_->Split(x);
  const torch::Tensor q = scale_->Queries(heads.q, own->cache.appended(), /*training=*/false);
  const torch::Tensor new_keys = scale_->Keys(heads.k);
  torch::Tensor keys = new_keys, values = heads.v;
  if (own->cache.kept() > 0) {
    keys = torch::cat({own->cache.keys(), keys}, 2);
    values = torch::cat({own->cache.values(), values}, 2);
  }
  own->cache.Append(new_keys, heads.v);
  return projection_->Merge(BandedAttention(q, keys, values, inference_, options_.band), heads);
}

}  // namespace bytepiece::lm
