// SPDX-License-Identifier: Apache-2.0
#include "lm/codebook/codebook_mixer.h"

#include <torch/nn/functional/loss.h>

#include <cmath>

#include "lm/model/transformer.h"
#include "lm/recurrence/recurrent_mixer.h"
#include "lm/training/checkpoint.h"
#include "lm/training/optimizer.h"
#include "tests/lm/codebook/dense_codebook_attention.h"
#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece::lm {
namespace {

constexpr ShareKind kMixerKinds[] = {ShareKind::kHard, ShareKind::kSoft, ShareKind::kPerformer};
const PositionOptions kBias = {.kind = PositionKind::kNone};
const PositionOptions kNear3 = {.kind = PositionKind::kReRope, .base = 50, .window = 3};

std::shared_ptr<CodebookMixer> Make(CodebookMixerOptions options, bool gated = false) {
  options.projection = {.gated = gated,
                        .width = 10,
                        .heads = gated ? 1 : 2,
                        .key_width = 6,
                        .value_width = gated ? 20 : 5};
  torch::manual_seed(7);
  auto mixer = std::make_shared<CodebookMixer>(options);
  mixer->to(torch::kDouble);
  return mixer;
}

CodebookMixerOptions Options(ShareKind kind, const PositionOptions& positions) {
  return {.training = positions,
          .inference = positions,
          .codebook = {.kind = kind, .codes = 7, .decay = 0.9},
          .block = 4};
}

void FillBias(CodebookMixer* mixer) {
  const torch::NoGradGuard no_grad;
  for (auto& item : mixer->named_parameters()) {
    if (item.key() == "window_bias") item.value().copy_(RandomTensor(9, item.value().sizes()));
  }
}

TEST_CASE("codebook attention decodes as it reads") {
  for (const ShareKind kind : kMixerKinds) {
    for (const PositionOptions& positions : {kBias, kNear3}) {
      for (const bool gated : {false, true}) {
        for (const std::int64_t length : {1, 3, 30}) {
          const auto mixer = Make(Options(kind, positions), gated);
          FillBias(mixer.get());
          mixer->forward(RandomTensor(1, {3, 8, 10}));  // in training: codes that are keys
          CAPTURE(static_cast<int>(kind), static_cast<int>(positions.kind), gated, length);
          CHECK(StepDisagreement(mixer.get(), RandomTensor(2, {2, length, 10})) < 1e-9);
        }
      }
    }
  }
  CodebookMixerOptions log_n = Options(ShareKind::kHard, kBias);
  log_n.scale = {.kind = ScaleKind::kLogN, .length = 8};
  CHECK(StepDisagreement(Make(log_n).get(), RandomTensor(2, {2, 20, 10})) < 1e-9);
  log_n.scale = {.kind = ScaleKind::kCosine, .value = 12};
  CHECK(StepDisagreement(Make(log_n).get(), RandomTensor(2, {2, 20, 10})) < 1e-9);
}

TEST_CASE("float codebook decoding stays near the parallel form") {
  for (const ShareKind kind : kMixerKinds) {
    const auto mixer = Make(Options(kind, kNear3));
    mixer->forward(RandomTensor(1, {3, 8, 10}));
    mixer->to(torch::kFloat);
    CAPTURE(static_cast<int>(kind));
    CHECK(StepDisagreement(mixer.get(), RandomTensor(2, {1, 200, 10}).to(torch::kFloat)) < 1e-4);
  }
}

TEST_CASE("the codebook mixer is its formula, in training and after") {
  for (const bool training : {true, false}) {
    CodebookMixerOptions options = Options(ShareKind::kHard, kNear3);
    options.inference.window = 2;
    const auto mixer = Make(options);
    const torch::Tensor x = RandomTensor(3, {2, 13, 10});
    mixer->forward(x);  // codes begin
    const Codes codes = {.vectors = mixer->named_buffers()["codebook.vectors"].clone()};
    mixer->train(training);
    const auto parameters = mixer->named_parameters();
    const torch::Tensor in = x.matmul(parameters["projection.in.weight"].t());
    const auto heads = [&](std::int64_t begin, std::int64_t width) {
      return in.slice(2, begin, begin + 2 * width).view({2, 13, 2, width}).transpose(1, 2);
    };
    const torch::Tensor k = heads(12, 6);
    const torch::Tensor mixed =
        DenseCodebookAttention(heads(0, 6) / std::sqrt(6.0), k, heads(24, 5), codes, 4,
                               training ? options.training : options.inference, {});
    CHECK(MaxDifference(mixer->forward(x), mixed.transpose(1, 2)
                                               .reshape({2, 13, 10})
                                               .matmul(parameters["projection.out.weight"].t())) <
          1e-12);
    CHECK(mixer->AuxiliaryLoss().defined() == training);
    if (!training) continue;
    const torch::Tensor expected =
        options.commitment * (k - DenseQuantised(codes.vectors, k)).square().mean();
    CHECK(MaxDifference(mixer->AuxiliaryLoss(), expected) < 1e-12);
    // Its gradient draws keys to codes, and is none of queries or values.
    const torch::Tensor weight = parameters["projection.in.weight"];
    const torch::Tensor ours = torch::autograd::grad({mixer->AuxiliaryLoss()}, {weight})[0];
    CHECK(MaxDifference(ours, torch::autograd::grad({expected}, {weight})[0]) < 1e-12);
    CHECK(ours.slice(0, 12, 24).abs().max().item<double>() > 1e-6);
    CHECK(ours.slice(0, 0, 12).abs().max().item<double>() == 0);
  }
}

TEST_CASE("codes learn in training alone, and a Performer's never") {
  for (const ShareKind kind : kMixerKinds) {
    const auto mixer = Make(Options(kind, kBias));
    const torch::Tensor x = RandomTensor(3, {2, 13, 10});
    const auto codes = [&] { return mixer->named_buffers()["codebook.vectors"].clone(); };
    const torch::Tensor before = codes();
    mixer->eval();
    mixer->forward(x);
    CHECK(MaxDifference(codes(), before) == 0);
    mixer->train();
    mixer->forward(x);
    CHECK((MaxDifference(codes(), before) == 0) == (kind == ShareKind::kPerformer));
    CHECK(mixer->AuxiliaryLoss().defined() == (kind != ShareKind::kPerformer));
    // What was computed before codes moved can still be differentiated.
    const torch::Tensor first = mixer->forward(x).sum();
    mixer->forward(2 * x);
    first.backward();
  }
}

TEST_CASE("codes and their loss are those of the text, whatever its padding") {
  for (const ShareKind kind : {ShareKind::kHard, ShareKind::kSoft}) {
    const torch::Tensor x = RandomTensor(3, {2, 13, 10});
    torch::Tensor is_text = torch::ones({2, 13}, torch::kBool);
    is_text.slice(0, 1).slice(1, 6).fill_(false);  // of the second row 6 positions are text
    struct Learned {
      torch::Tensor result, codes, counts, loss;
    };
    const auto learn = [&](const torch::Tensor& padding, const torch::Tensor& mask) {
      const auto mixer = Make(Options(kind, kBias));
      torch::Tensor padded = x.clone();
      padded.slice(0, 1).slice(1, 6).copy_(padding);
      Learned learned;
      for (int step = 0; step < 3; ++step) {
        torch::manual_seed(static_cast<std::uint64_t>(step));
        learned.result = mixer->ForwardPadded(padded, mask);
      }
      const auto buffers = mixer->named_buffers();
      learned.codes = buffers["codebook.vectors"].clone();
      learned.counts = buffers["codebook.counts"].clone();
      learned.loss = mixer->AuxiliaryLoss();
      return learned;
    };
    const Learned a = learn(RandomTensor(4, {1, 7, 10}), is_text);
    const Learned b = learn(torch::full({1, 7, 10}, 100, torch::kDouble), is_text);
    CAPTURE(static_cast<int>(kind));
    CHECK(a.codes.equal(b.codes));
    CHECK(a.counts.equal(b.counts));
    CHECK(a.loss.equal(b.loss));
    CHECK(a.result[0].equal(b.result[0]));
    CHECK(a.result[1].slice(0, 0, 6).equal(b.result[1].slice(0, 0, 6)));
    // 19 positions of text; each brings 1 in all.
    CHECK(MaxDifference(a.counts.sum(-1), torch::full({2}, 19, torch::kDouble)) < 1e-9);
    // Without a mask the padding is text like any other; a mask of nothing is none.
    const torch::Tensor same = x[1].slice(0, 6).unsqueeze(0);
    CHECK_FALSE(learn(same, {}).codes.equal(a.codes));
    const Learned without = learn(same, {});
    const Learned with_all = learn(same, torch::ones({2, 13}, torch::kBool));
    CHECK(MaxDifference(without.codes, with_all.codes) < 1e-12);
    CHECK(MaxDifference(without.loss, with_all.loss) < 1e-12);
  }
}

TEST_CASE("the commitment loss is the average over text") {
  const auto mixer = Make(Options(ShareKind::kHard, kBias));
  const torch::Tensor x = RandomTensor(3, {2, 9, 10});
  mixer->forward(x);  // codes begin
  const torch::Tensor codes = mixer->named_buffers()["codebook.vectors"].clone();
  torch::Tensor is_text = torch::ones({2, 9}, torch::kBool);
  is_text[1].slice(0, 5).fill_(false);
  mixer->ForwardPadded(x, is_text);
  const torch::Tensor k = x.matmul(mixer->named_parameters()["projection.in.weight"].t())
                              .slice(2, 12, 24)
                              .view({2, 9, 2, 6})
                              .transpose(1, 2);
  const torch::Tensor strayed = (k - DenseQuantised(codes, k)).square();
  const torch::Tensor sum = strayed[0].sum() + strayed[1].slice(1, 0, 5).sum();
  CHECK(MaxDifference(mixer->AuxiliaryLoss(), 0.1 * sum / (14 * 2 * 6)) < 1e-12);
}

ModelConfig TwoBlocks(ShareKind kind, const PositionOptions& positions) {
  LayerConfig layer;
  layer.mixer = MixerKind::kCodebook;
  layer.heads = 2;
  layer.positions = layer.inference_positions = positions;
  layer.codebook = {.codebook = {.kind = kind, .codes = 16, .decay = 0.9}, .block = 4};
  ModelConfig config = {.vocab_size = 11, .width = 16, .layers = {layer}};
  layer.block = BlockKind::kGau;
  layer.heads = 1;
  layer.key_width = 8;
  config.layers.push_back(layer);
  return config;
}

// Rows whose second half repeats the first: what is to be copied lies in memory.
torch::Tensor Repeated(std::uint64_t seed) {
  const torch::Tensor half =
      (RandomTensor(seed, {8, 12}).abs() * 1000).to(torch::kLong).remainder(11);
  return torch::cat({half, half}, 1);
}

TEST_CASE("a model of codebook layers learns, its codes are used, and a checkpoint has them") {
  for (const ShareKind kind : kMixerKinds) {
    const PositionOptions positions = kind == ShareKind::kSoft ? kNear3 : kBias;
    const auto model = *Transformer::Create(TwoBlocks(kind, positions), 1);
    Optimizer optimizer({}, model.get());
    std::vector<double> losses;
    for (std::uint64_t step = 0; step < 120; ++step) {
      const torch::Tensor ids = Repeated(step % 4);
      optimizer.ClearGradients();
      torch::Tensor loss = torch::nn::functional::cross_entropy(
          model->forward(ids.slice(1, 0, 23)).flatten(0, 1), ids.slice(1, 1).flatten());
      losses.push_back(loss.item<double>());
      const torch::Tensor auxiliary = model->AuxiliaryLoss();
      REQUIRE(auxiliary.defined() == (kind != ShareKind::kPerformer));
      if (auxiliary.defined()) loss = loss + auxiliary;
      loss.backward();
      optimizer.Step(3e-3);
    }
    CAPTURE(static_cast<int>(kind), losses.front(), losses.back());
    CHECK(losses.back() < 0.6 * losses.front());
    const torch::Tensor counts = model->named_buffers()["layer0.mixer.codebook.counts"];
    if (kind != ShareKind::kPerformer) {
      const torch::Tensor shares = counts / counts.sum(-1, true);
      // Perplexity, of 16 codes.
      CHECK(shares.xlogy(shares).sum(-1).neg().exp().min().item<double>() > 8);
    }
    Checkpoint saved;
    SaveModule(*model, &saved);
    const TempDir folder;
    REQUIRE(WriteCheckpoint(folder.File("checkpoint"), saved).ok());
    Checkpoint checkpoint = *ReadCheckpoint(folder.File("checkpoint"));
    const auto restored = *Transformer::Create(TwoBlocks(kind, positions), 2);
    RestoreModule(checkpoint, restored.get());
    model->eval();
    restored->eval();
    CHECK(restored->forward(Repeated(5)).equal(model->forward(Repeated(5))));
    checkpoint.tensors["model.layer0.mixer.codebook.vectors"].zero_();
    RestoreModule(checkpoint, restored.get());
    CHECK_FALSE(restored->forward(Repeated(5)).equal(model->forward(Repeated(5))));
  }
}

TEST_CASE("a bias in training and none after it cannot be") {
  CodebookMixerOptions options = Options(ShareKind::kHard, kBias);
  options.inference = kNear3;
  CHECK_THROWS_AS(Make(options), c10::Error);
  const auto mixer = Make(Options(ShareKind::kHard, kBias));
  const auto other = RecurrentMixer({}).NewState(1);
  CHECK_THROWS_AS(mixer->Step(RandomTensor(1, {1, 10}), other.get()), c10::Error);
}

}  // namespace
}  // namespace bytepiece::lm
