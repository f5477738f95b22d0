// SPDX-License-Identifier: Apache-2.0
#include "lm/extrapolation/variants.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace bytepiece::lm {
namespace {

constexpr char kHwfa2[] = "hwfa2";

std::int64_t QuarterOf(std::int64_t length) { return std::max<std::int64_t>(1, length / 4); }

void SetScale(ScaleKind kind, const ExtrapolationOptions& options, LayerConfig* layer) {
  layer->scale = {.kind = kind, .length = static_cast<double>(options.length)};
}

void SetWindow(std::int64_t window, LayerConfig* layer) {
  layer->mixer = MixerKind::kWindow;
  layer->window = window;
}

void SetFull(const ExtrapolationOptions& options, ScaleKind scale, LayerConfig* layer) {
  layer->mixer = MixerKind::kFull;
  layer->window = 0;
  SetScale(scale, options, layer);
}

void SetFullWithoutPositions(const ExtrapolationOptions& options, ScaleKind scale,
                             LayerConfig* layer) {
  SetFull(options, scale, layer);
  layer->positions = layer->inference_positions = {.kind = PositionKind::kNone};
}

// Full attention, RoPE, nothing else, in all layers.
ModelConfig PlainRope(ModelConfig model) {
  for (LayerConfig& layer : model.layers) {
    layer.mixer = MixerKind::kFull;
    layer.window = 0;
    layer.positions = {.kind = PositionKind::kRope, .base = layer.positions.base};
    layer.inference_positions = layer.positions;
    layer.scale = {};
  }
  return model;
}

void MakeInvLeaky(const ExtrapolationOptions& options, double base_factor, ModelConfig* model) {
  for (LayerConfig& layer : model->layers) {
    SetScale(ScaleKind::kLogN, options, &layer);
    layer.positions.base *= base_factor;
    layer.inference_positions = layer.positions;
    layer.positions.kind = PositionKind::kLeakyReRope;
    layer.positions.window = QuarterOf(options.length);
    layer.positions.factor = 1 / (2 * static_cast<double>(options.expansion));
  }
}

// Windows that together see as far as the length.
void MakeHwfa(const ExtrapolationOptions& options, ModelConfig* model) {
  const auto windows = std::max<std::int64_t>(1, std::ssize(model->layers) - 1);
  for (LayerConfig& layer : model->layers) SetWindow((options.length - 1) / windows + 1, &layer);
  SetFullWithoutPositions(options, ScaleKind::kLogN, &model->layers.back());
}

void MakeHwfa2(const ExtrapolationOptions& options, std::int64_t window, std::int64_t full,
               ModelConfig* model) {
  for (LayerConfig& layer : model->layers) SetWindow(window, &layer);
  const std::int64_t layers = std::ssize(model->layers);
  for (std::int64_t i = 1; i <= full; ++i) {
    const auto place = static_cast<std::size_t>(layers * i / (full + 1));
    SetFull(options, ScaleKind::kLogN, &model->layers[place]);
  }
}

void MakeSwan(const ExtrapolationOptions& options, ModelConfig* model) {
  constexpr std::size_t kPeriod = 4;
  const std::size_t period = std::min(kPeriod, model->layers.size());
  for (std::size_t i = 0; i < model->layers.size(); ++i) {
    LayerConfig* const layer = &model->layers[i];
    if (i % period == period - 1) {
      SetFullWithoutPositions(options, ScaleKind::kLogNTest, layer);
    } else {
      SetWindow(QuarterOf(options.length), layer);
    }
  }
}

void MakeCodebook(ShareKind kind, ModelConfig* model) {
  for (LayerConfig& layer : model->layers) {
    layer.mixer = MixerKind::kCodebook;
    layer.positions = layer.inference_positions = {.kind = PositionKind::kNone};
    layer.codebook.codebook.kind = kind;
  }
}

void MakeRecurrent(RecurrenceKind kind, ModelConfig* model) {
  for (LayerConfig& layer : model->layers) {
    layer.mixer = MixerKind::kRecurrent;
    layer.recurrence.kind = kind;
    layer.recurrence.solver.kind = SolverKind::kNewton;
  }
}

// "-wW-fF" after hwfa2: W and F, each 1 or more. Whether it is that.
bool ParseHwfa2(const std::string& name, std::int64_t* window, std::int64_t* full) {
  const std::string rest = name.substr(sizeof(kHwfa2) - 1);
  const std::size_t split = rest.find("-f");
  return rest.starts_with("-w") && split != std::string::npos &&
         absl::SimpleAtoi(rest.substr(2, split - 2), window) && *window >= 1 &&
         absl::SimpleAtoi(rest.substr(split + 2), full) && *full >= 1;
}

// Makes one of a plain RoPE model. False: no such variant.
bool Become(const std::string& name, const ExtrapolationOptions& options, ModelConfig* model) {
  const std::int64_t layers = std::ssize(model->layers);
  std::int64_t window = std::max<std::int64_t>(1, 3 * options.length / layers), full = 1;
  if (name == "rope") return true;
  if (name == "rope-log-n") {
    for (LayerConfig& layer : model->layers) SetScale(ScaleKind::kLogN, options, &layer);
  } else if (name == "inv-leaky") {
    MakeInvLeaky(options, 1, model);
  } else if (name == "inv-leaky-b") {
    MakeInvLeaky(options, static_cast<double>(options.expansion), model);
  } else if (name == "hwfa") {
    MakeHwfa(options, model);
  } else if (name == kHwfa2 ||
             (name.starts_with(kHwfa2) && ParseHwfa2(name, &window, &full) && full <= layers)) {
    MakeHwfa2(options, window, full, model);
  } else if (name == "swan") {
    MakeSwan(options, model);
  } else if (name == "vq") {
    MakeCodebook(ShareKind::kHard, model);
  } else if (name == "performer") {
    MakeCodebook(ShareKind::kPerformer, model);
  } else if (name == "rnn-tanh") {
    MakeRecurrent(RecurrenceKind::kTanh, model);
  } else if (name == "rnn-gru") {
    MakeRecurrent(RecurrenceKind::kGru, model);
  } else if (name == "rnn-linear") {
    MakeRecurrent(RecurrenceKind::kLinear, model);
  } else {
    return false;
  }
  return true;
}

// The positions that weights trained with RoPE may be read with.
struct NamedPositions {
  std::string name;
  PositionOptions positions;
};

std::vector<NamedPositions> PositionForms(double base, const ExtrapolationOptions& options) {
  const auto expansion = static_cast<double>(options.expansion);
  std::vector<NamedPositions> forms;
  const auto scaled = [&](const char* name, PositionKind kind) {
    forms.push_back({name, {.kind = kind, .base = base, .factor = expansion}});
  };
  scaled("pi", PositionKind::kInterpolation);
  scaled("ntk-fixed", PositionKind::kNtkFixed);
  scaled("ntk-mixed", PositionKind::kNtkMixed);
  const std::int64_t quarter = QuarterOf(options.length);
  for (const std::int64_t window : {quarter, 2 * quarter, options.length}) {
    forms.push_back({absl::StrCat("rerope-w", window),
                     {.kind = PositionKind::kReRope, .base = base, .window = window}});
  }
  for (const std::int64_t factor : {2 * options.expansion, 4 * options.expansion}) {
    forms.push_back({absl::StrCat("leaky-w", quarter, "-k", factor),
                     {.kind = PositionKind::kLeakyReRope,
                      .base = base,
                      .factor = static_cast<double>(factor),
                      .window = quarter}});
  }
  return forms;
}

bool IsFullRope(const LayerConfig& layer) {
  return layer.mixer == MixerKind::kFull && layer.positions.kind == PositionKind::kRope;
}

}  // namespace

std::vector<std::string> VariantNames() {
  return {"rope", "rope-log-n", "inv-leaky", "inv-leaky-b", "hwfa",    kHwfa2,
          "swan", "vq",         "performer", "rnn-tanh",    "rnn-gru", "rnn-linear"};
}

absl::StatusOr<ModelConfig> MakeVariant(const std::string& name, const ModelConfig& base,
                                        const ExtrapolationOptions& options) {
  ModelConfig model = PlainRope(base);
  if (!Become(name, options, &model)) {
    return absl::InvalidArgumentError(
        absl::StrCat("no variant \"", name, "\" of ", base.layers.size(), " layers; there are ",
                     absl::StrJoin(VariantNames(), ", "), ", hwfa2-wW-fF"));
  }
  if (absl::Status status = CompleteModelConfig(&model); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", status.message()));
  }
  return model;
}

std::vector<NamedModel> InferenceForms(const ModelConfig& trained,
                                       const ExtrapolationOptions& options) {
  std::vector<NamedModel> forms = {{"trained", trained}};
  const auto first = std::find_if(trained.layers.begin(), trained.layers.end(), IsFullRope);
  if (first == trained.layers.end()) return forms;
  for (const NamedPositions& form : PositionForms(first->positions.base, options)) {
    forms.push_back({form.name, trained});
    for (LayerConfig& layer : forms.back().model.layers) {
      if (IsFullRope(layer)) layer.inference_positions = form.positions;
    }
  }
  if (first->scale.kind != ScaleKind::kInverseSqrt) return forms;
  const std::size_t unscaled = forms.size();
  for (std::size_t i = 0; i < unscaled; ++i) {
    forms.push_back({forms[i].name + "+log-n-test", forms[i].model});
    for (LayerConfig& layer : forms.back().model.layers) {
      if (IsFullRope(layer)) SetScale(ScaleKind::kLogNTest, options, &layer);
    }
  }
  return forms;
}

}  // namespace bytepiece::lm
