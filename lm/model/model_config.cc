// SPDX-License-Identifier: Apache-2.0
#include "lm/model/model_config.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "lm/model/json_fields.h"

namespace bytepiece::lm {
namespace {

constexpr std::int64_t kMostWidth = 1 << 16;
constexpr std::int64_t kMostLength = 1 << 30;
constexpr std::int64_t kMostLayers = 1000;
constexpr std::int64_t kMostVocabSize = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostCodes = 1 << 20;
constexpr std::int64_t kMostSweeps = 10'000;
constexpr double kLeastFactor = 1e-6;
constexpr double kMostFactor = 1e6;

void PositionFields(JsonFields* fields, PositionOptions* options) {
  fields->Choice("kind", &options->kind,
                 {{"none", PositionKind::kNone},
                  {"rope", PositionKind::kRope},
                  {"interpolation", PositionKind::kInterpolation},
                  {"ntk_fixed", PositionKind::kNtkFixed},
                  {"ntk_mixed", PositionKind::kNtkMixed},
                  {"rerope", PositionKind::kReRope},
                  {"leaky_rerope", PositionKind::kLeakyReRope}});
  fields->Number("base", &options->base, 1, 1e12);
  fields->Number("factor", &options->factor, kLeastFactor, kMostFactor);
  fields->Integer("window", &options->window, 0, kMostLength);
  const bool needs_window =
      options->kind == PositionKind::kReRope || options->kind == PositionKind::kLeakyReRope;
  if (needs_window && options->window < 1) {
    fields->Fail(
        "this kind needs \"window\", the distance from which positions change; a "
        "quarter to half of the training length is a good one");
  }
}

void ScaleFields(JsonFields* fields, ScaleOptions* options) {
  fields->Choice("kind", &options->kind,
                 {{"inverse_sqrt", ScaleKind::kInverseSqrt},
                  {"constant", ScaleKind::kConstant},
                  {"gradient_max", ScaleKind::kGradientMax},
                  {"log_n", ScaleKind::kLogN},
                  {"log_n_test", ScaleKind::kLogNTest},
                  {"cosine", ScaleKind::kCosine}});
  fields->Number("value", &options->value, 0, 1e6);
  fields->Number("length", &options->length, 2, 1e9);
  fields->Flag("learned", &options->learned);
  if (options->kind == ScaleKind::kConstant && !(options->value > 0)) {
    fields->Fail("a constant scale of 0 would attend to everything alike; give \"value\"");
  }
  if (options->learned && options->kind != ScaleKind::kCosine) {
    fields->Fail("only the temperature of \"cosine\" can be learned");
  }
}

void CodebookFields(JsonFields* fields, CodebookConfig* config) {
  CodebookOptions* const options = &config->codebook;
  fields->Choice("responsibility", &options->kind,
                 {{"hard", ShareKind::kHard},
                  {"soft", ShareKind::kSoft},
                  {"performer", ShareKind::kPerformer}});
  fields->Integer("codes", &options->codes, 1, kMostCodes);
  fields->Integer("block", &config->block, 1, kMostLength);
  fields->Number("temperature", &options->temperature, 1e-9, 1e9);
  fields->Number("decay", &options->decay, 0, 0.999999);
  fields->Number("commitment", &config->commitment, 0, 1e6);
  fields->Flag("equal_norm", &options->equal_norm);
  if (options->equal_norm && options->kind != ShareKind::kPerformer) {
    fields->Fail("only the random codes of \"performer\" can be made of \"equal_norm\"");
  }
}

// An error without the place, or empty.
std::string CheckCodebook(const LayerConfig& layer) {
  const PositionKind kind = layer.positions.kind;
  if ((kind != PositionKind::kNone && kind != PositionKind::kReRope) ||
      layer.inference_positions.kind != kind) {
    return "vq tells nearby positions apart by a window bias (\"positions\" none) or by rerope, "
           "in training and inference alike; keys of other kinds do not cluster";
  }
  const std::int64_t window = std::max(layer.positions.window, layer.inference_positions.window);
  if (kind == PositionKind::kReRope && window > layer.codebook.block) {
    return absl::StrCat("the window of rerope, ", window, ", is above the codebook's \"block\", ",
                        layer.codebook.block, "; lower the one or raise the other");
  }
  return "";
}

void RecurrenceFields(JsonFields* fields, RecurrenceOptions* options) {
  fields->Choice("cell", &options->kind,
                 {{"tanh", RecurrenceKind::kTanh},
                  {"gru", RecurrenceKind::kGru},
                  {"diagonal", RecurrenceKind::kDiagonal},
                  {"linear", RecurrenceKind::kLinear}});
  SolverOptions* const solver = &options->solver;
  fields->Choice("solver", &solver->kind,
                 {{"loop", SolverKind::kLoop},
                  {"perturbation", SolverKind::kPerturbation},
                  {"first_order", SolverKind::kFirstOrder},
                  {"newton", SolverKind::kNewton},
                  {"quasi_newton", SolverKind::kQuasiNewton}});
  fields->Number("tolerance", &solver->tolerance, 0, 1);
  std::int64_t sweeps = solver->max_sweeps;
  fields->Integer("sweeps", &sweeps, 1, kMostSweeps);
  solver->max_sweeps = static_cast<int>(sweeps);
  fields->Number("damping", &solver->damping, 0, 1);
  fields->Flag("fixed", &solver->fixed);
  if (solver->fixed && solver->kind == SolverKind::kLoop) {
    fields->Fail("the loop has no sweeps to fix; leave \"fixed\" out, or take another solver");
  }
}

// The fields of one layer, whether or not it is repeated.
void LayerFields(JsonFields* fields, LayerConfig* layer) {
  fields->Choice("block", &layer->block,
                 {{"transformer", BlockKind::kTransformer}, {"gau", BlockKind::kGau}});
  fields->Choice("mixer", &layer->mixer,
                 {{"full", MixerKind::kFull},
                  {"window", MixerKind::kWindow},
                  {"vq", MixerKind::kCodebook},
                  {"rnn", MixerKind::kRecurrent}});
  fields->Integer("heads", &layer->heads, 0, 1024);
  fields->Integer("key_width", &layer->key_width, 0, kMostWidth);
  fields->Integer("value_width", &layer->value_width, 0, kMostWidth);
  fields->Integer("ffn_width", &layer->ffn_width, 0, kMostWidth);
  fields->Integer("window", &layer->window, 0, kMostLength);
  fields->Integer("query_block", &layer->query_block, 1, kMostLength);
  // Plain RoPE, the default of others, is not for quantised keys.
  if (fields->reading() && layer->mixer == MixerKind::kCodebook) {
    layer->positions.kind = PositionKind::kNone;
  }
  fields->Object("positions", [&](JsonFields* f) { PositionFields(f, &layer->positions); });
  if (fields->reading()) layer->inference_positions = layer->positions;
  // It is a value of its own: what "positions" says is no default for single fields of it.
  if (fields->Has("inference_positions")) layer->inference_positions = {};
  fields->Object("inference_positions",
                 [&](JsonFields* f) { PositionFields(f, &layer->inference_positions); });
  fields->Object("scale", [&](JsonFields* f) { ScaleFields(f, &layer->scale); });
  fields->Object("codebook", [&](JsonFields* f) { CodebookFields(f, &layer->codebook); });
  fields->Object("recurrence", [&](JsonFields* f) { RecurrenceFields(f, &layer->recurrence); });
}

// An error without the place, or empty.
std::string CompleteLayer(std::int64_t width, LayerConfig* layer) {
  const bool gau = layer->block == BlockKind::kGau;
  if (layer->heads == 0) layer->heads = gau ? 1 : 4;
  if (gau && layer->heads != 1) return "a gau block has one head; leave \"heads\" out";
  if (!gau && width % layer->heads != 0 && (layer->key_width == 0 || layer->value_width == 0)) {
    return absl::StrCat("the width ", width, " is not a multiple of ", layer->heads,
                        " heads; change one, or give \"key_width\" and \"value_width\"");
  }
  if (layer->key_width == 0) layer->key_width = gau ? 128 : width / layer->heads;
  if (layer->value_width == 0) layer->value_width = gau ? 2 * width : width / layer->heads;
  if (!gau && layer->ffn_width == 0) layer->ffn_width = std::max<std::int64_t>(8, width / 3 * 8);
  const bool rotates = layer->positions.kind != PositionKind::kNone ||
                       layer->inference_positions.kind != PositionKind::kNone;
  if (rotates && layer->key_width % 2 != 0) {
    return absl::StrCat("positions rotate pairs, so \"key_width\" must be even, not ",
                        layer->key_width);
  }
  if (layer->scale.kind == ScaleKind::kCosine && layer->scale.value == 0 && layer->key_width < 2) {
    return "in one dimension no cosine scale is best; give \"scale\" a \"value\"";
  }
  if (layer->mixer == MixerKind::kRecurrent) {
    if (gau) return "a gau block mixes by attention; an rnn goes into a transformer block";
    if (layer->recurrence.kind == RecurrenceKind::kLinear && layer->value_width % 2 != 0) {
      return absl::StrCat(
          "a linear rnn has pairs of numbers, so \"value_width\" must be even, not ",
          layer->value_width);
    }
  }
  if (layer->mixer == MixerKind::kCodebook) {
    if (std::string error = CheckCodebook(*layer); !error.empty()) return error;
  }
  const bool windowed = layer->mixer == MixerKind::kWindow;
  if (windowed && layer->window < 1) return "a window mixer needs \"window\", 1 or more positions";
  if (!windowed && layer->window > 0) return "only a window mixer has a \"window\"";
  return "";
}

}  // namespace

absl::Status CompleteModelConfig(ModelConfig* config) {
  if (config->layers.empty()) {
    return absl::InvalidArgumentError("\"layers\" is empty; a model needs one layer or more");
  }
  for (std::size_t i = 0; i < config->layers.size(); ++i) {
    const std::string error = CompleteLayer(config->width, &config->layers[i]);
    if (!error.empty()) return absl::InvalidArgumentError(absl::StrCat("layer ", i, ": ", error));
  }
  return absl::OkStatus();
}

void ModelFields(JsonFields* fields, ModelConfig* config) {
  fields->Integer("vocab_size", &config->vocab_size, 0, kMostVocabSize);
  fields->Integer("width", &config->width, 1, kMostWidth);
  fields->Choice("norm", &config->norm, {{"rms", NormKind::kRms}, {"layer", NormKind::kLayer}});
  fields->Flag("tied_embeddings", &config->tied_embeddings);
  std::vector<LayerConfig> listed = config->layers;
  std::vector<std::int64_t> repeats(listed.size(), 1);
  fields->List(
      "layers", listed.size(),
      [&](std::size_t count) {
        listed.assign(count, LayerConfig());
        repeats.assign(count, 1);
      },
      [&](std::size_t i, JsonFields* f) {
        LayerFields(f, &listed[i]);
        if (f->reading()) f->Integer("repeat", &repeats[i], 1, kMostLayers);
      });
  if (!fields->reading() || !fields->ok()) return;
  config->layers.clear();
  for (std::size_t i = 0; i < listed.size(); ++i) {
    config->layers.insert(config->layers.end(), static_cast<std::size_t>(repeats[i]), listed[i]);
  }
  if (absl::Status status = CompleteModelConfig(config); !status.ok()) {
    fields->Fail(std::string(status.message()));
  }
}

}  // namespace bytepiece::lm
