// SPDX-License-Identifier: Apache-2.0
#include "lm/training/training.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "bytepiece/model/model_io.h"
#include "lm/data/batches.h"
#include "lm/data/corpus_source.h"
#include "lm/model/torch_status.h"
#include "lm/training/checkpoint.h"
#include "lm/training/optimizer.h"
#include "lm/training/training_log.h"

namespace bytepiece::lm {
namespace {

using Clock = std::chrono::steady_clock;

ModelConfig ForTokenizer(ModelConfig config, const Tokenizer& tokenizer) {
  if (config.vocab_size == 0) config.vocab_size = tokenizer.vocab_size();
  return config;
}

absl::Status CheckVocabulary(const ModelConfig& config, const Tokenizer& tokenizer) {
  if (config.vocab_size == 0 || config.vocab_size >= tokenizer.vocab_size()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("model.vocab_size ", config.vocab_size, " is below the tokenizer's ",
                   tokenizer.vocab_size(), "; leave it out, or raise it"));
}

// Marks the positions that are text; undefined if all are (Transformer::forward).
torch::Tensor IsText(const Batch& batch, const torch::Device& device) {
  if (batch.tokens == batch.targets.numel()) return {};
  return batch.targets.ne(kNoTarget).to(device);
}

absl::Status Unused(const std::string& path, std::vector<std::string> names) {
  constexpr std::size_t kNamed = 4;
  std::string more;
  if (names.size() > kNamed) {
    more = absl::StrCat(" and ", names.size() - kNamed, " more");
    names.resize(kNamed);
  }
  return absl::FailedPreconditionError(
      absl::StrCat(path, " holds weights that the model they are put into does not use: ",
                   absl::StrJoin(names, ", "), more));
}

class TrainingRun {
 public:
  TrainingRun(const RunConfig& config, const Tokenizer& tokenizer, const TrainingFiles& files,
              const torch::Device& device, TrainingObserver* observer)
      : config_(config),
        tokenizer_(tokenizer),
        files_(files),
        device_(device),
        observer_(observer),
        token_bytes_(TokenBytes(tokenizer)) {}

  absl::Status Prepare(bool resume);
  absl::StatusOr<TrainingResult> Run();

 private:
  absl::Status OpenData();
  absl::Status MakeModel();
  absl::Status Restore();
  absl::Status Save() const;
  absl::Status Step(StepReport* report);
  // The loss and gradients of one step's batches; *loss in nats a token.
  absl::Status Accumulate(double* loss);
  absl::Status CheckFinite(double loss, double norm) const;
  absl::Status Validate();
  StepReport Progress() const;
  bool Due(std::int64_t every) const { return every > 0 && step_ % every == 0; }

  RunConfig config_;
  const Tokenizer& tokenizer_;
  TrainingFiles files_;
  torch::Device device_;
  TrainingObserver* observer_;
  std::vector<std::int64_t> token_bytes_;
  std::unique_ptr<CorpusSource> source_;
  std::shared_ptr<const TokenCorpus> validation_;
  std::unique_ptr<Batches> batches_;
  std::shared_ptr<Transformer> model_;
  std::unique_ptr<Optimizer> optimizer_;
  TrainingLog log_;
  std::int64_t corpus_tokens_ = 0;  // of epoch 0: tells one corpus from another
  std::int64_t step_ = 0;
  std::int64_t tokens_ = 0;
  std::int64_t tokens_at_start_ = 0;
  std::int64_t step_at_start_ = 0;
  Clock::time_point start_;
  TrainingResult result_;
};

absl::Status TrainingRun::Prepare(bool resume) {
  absl::Status status = CheckVocabulary(config_.model, tokenizer_);
  config_.model = ForTokenizer(config_.model, tokenizer_);
  if (status.ok()) status = OpenData();
  if (status.ok()) status = MakeModel();
  if (status.ok() && resume) status = Restore();
  if (status.ok()) status = log_.Open(files_.log);
  return status;
}

absl::Status TrainingRun::OpenData() {
  SourceOptions options = {.reading = files_.reading,
                           .seed = static_cast<std::uint64_t>(config_.training.seed)};
  if (!files_.validation.empty()) {
    auto validation = OpenCorpus(files_.validation, options, &tokenizer_);
    if (!validation.ok()) return validation.status();
    observer_->Read((*validation)->notes());
    auto corpus = (*validation)->Epoch(0);
    if (!corpus.ok()) return corpus.status();
    validation_ = *std::move(corpus);
  }
  if (config_.training.sampling) options.sampling_alpha = config_.training.sampling_alpha;
  auto source = OpenCorpus(files_.train, options, &tokenizer_);
  if (!source.ok()) return source.status();
  source_ = *std::move(source);
  observer_->Read(source_->notes());
  const auto corpus = source_->Epoch(0);
  if (!corpus.ok()) return corpus.status();
  corpus_tokens_ = (*corpus)->tokens();
  batches_ = std::make_unique<Batches>(
      source_.get(), BatchOptions{.rows = config_.training.rows,
                                  .length = config_.training.length,
                                  .seed = static_cast<std::uint64_t>(config_.training.seed)});
  return absl::OkStatus();
}

absl::Status TrainingRun::MakeModel() {
  auto model =
      Transformer::Create(config_.model, static_cast<std::uint64_t>(config_.training.seed));
  if (!model.ok()) return model.status();
  model_ = *std::move(model);
  return CatchTorch("making the model", [&] {
    model_->to(device_);
    model_->train();
    optimizer_ = std::make_unique<Optimizer>(config_.training.optimizer, model_.get());
    return absl::OkStatus();
  });
}

absl::Status TrainingRun::Restore() {
  absl::StatusOr<Checkpoint> checkpoint = ReadCheckpoint(files_.checkpoint);
  if (!checkpoint.ok()) return checkpoint.status();
  auto& counters = checkpoint->counters;
  if (counters["corpus_tokens"] != corpus_tokens_) {
    return absl::FailedPreconditionError(
        absl::StrCat(files_.train, " has ", corpus_tokens_, " tokens, but ", files_.checkpoint,
                     " was trained on a text of ", counters["corpus_tokens"], "; give that one"));
  }
  return CatchTorch(files_.checkpoint, [&]() -> absl::Status {
    RestoreModule(*checkpoint, model_.get());
    std::map<std::string, torch::Tensor> state;
    for (const auto& [name, tensor] : checkpoint->tensors) {
      if (name.starts_with("optimizer.")) state[name.substr(10)] = tensor;
    }
    optimizer_->Restore(state);
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    generator.set_state(checkpoint->tensors["random"]);
    step_ = counters["step"];
    if (step_ > config_.training.steps) {
      return absl::FailedPreconditionError(absl::StrCat(files_.checkpoint, " is of step ", step_,
                                                        ", beyond the ", config_.training.steps,
                                                        " steps asked for"));
    }
    tokens_ = counters["tokens"];
    batches_->Seek({counters["epoch"], counters["row"]});
    return absl::OkStatus();
  });
}

absl::Status TrainingRun::Save() const {
  Checkpoint checkpoint = {.config = RunConfigToJson(config_),
                           .tokenizer = SerializeModel(tokenizer_.model()),
                           .counters = {},
                           .tensors = {}};
  SaveModule(*model_, &checkpoint);
  for (const auto& [name, tensor] : optimizer_->State()) {
    checkpoint.tensors["optimizer." + name] = tensor;
  }
  checkpoint.tensors["random"] = at::detail::getDefaultCPUGenerator().get_state();
  checkpoint.counters = {{"step", step_},
                         {"tokens", tokens_},
                         {"corpus_tokens", corpus_tokens_},
                         {"epoch", batches_->position().epoch},
                         {"row", batches_->position().row}};
  return WriteCheckpoint(files_.checkpoint, checkpoint);
}

absl::Status TrainingRun::Accumulate(double* loss) {
  std::vector<Batch> batches;
  std::int64_t tokens = 0;
  for (std::int64_t i = 0; i < config_.training.accumulation; ++i) {
    absl::StatusOr<Batch> batch = batches_->Next();
    if (!batch.ok()) return batch.status();
    tokens += batch->tokens;
    batches.push_back(*std::move(batch));
  }
  *loss = 0;
  optimizer_->ClearGradients();
  for (const Batch& batch : batches) {
    const torch::Tensor logits = model_->forward(batch.inputs.to(device_), IsText(batch, device_));
    torch::Tensor share =
        SummedLoss(logits, batch.targets.to(device_)) / static_cast<double>(tokens);
    *loss += share.item<double>();
    const torch::Tensor auxiliary = model_->AuxiliaryLoss();
    if (auxiliary.defined()) {
      share = share + auxiliary / static_cast<double>(config_.training.accumulation);
    }
    share.backward();
  }
  tokens_ += tokens;
  return absl::OkStatus();
}

absl::Status TrainingRun::CheckFinite(double loss, double norm) const {
  if (std::isfinite(loss) && std::isfinite(norm)) return absl::OkStatus();
  const auto number = [](double x) {
    return std::isnan(x) ? std::string("not a number") : absl::StrFormat("%g", x);
  };
  return absl::AbortedError(
      absl::StrCat("step ", step_ + 1, ": training has diverged: the loss is ", number(loss),
                   ", the gradient's norm ", number(norm), "; the step was not taken. Lower ",
                   "training.learning_rate (", config_.training.learning_rate,
                   ") or raise training.warmup (", config_.training.warmup, "), and begin again"));
}

absl::Status TrainingRun::Step(StepReport* report) {
  double loss = 0;
  if (absl::Status status = Accumulate(&loss); !status.ok()) return status;
  const double norm = optimizer_->GradientNorm();
  if (absl::Status status = CheckFinite(loss, norm); !status.ok()) return status;
  const double limit = config_.training.clip_norm;
  if (limit > 0 && norm > limit) optimizer_->ScaleGradients(limit / norm);
  const double rate = LearningRate(config_.training, step_);
  optimizer_->Step(rate);
  ++step_;
  result_.step = step_;
  result_.loss = loss;
  *report = Progress();
  report->loss = loss;
  report->learning_rate = rate;
  report->gradient_norm = norm;
  return log_.Step(*report);
}

StepReport TrainingRun::Progress() const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  StepReport report;
  report.step = step_;
  report.steps = config_.training.steps;
  report.epoch = batches_->position().epoch;
  report.tokens = tokens_;
  if (seconds > 0) {
    report.tokens_per_second = static_cast<double>(tokens_ - tokens_at_start_) / seconds;
  }
  report.seconds_left = seconds * static_cast<double>(config_.training.steps - step_) /
                        static_cast<double>(std::max<std::int64_t>(1, step_ - step_at_start_));
  return report;
}

absl::Status TrainingRun::Validate() {
  if (validation_ == nullptr) return absl::OkStatus();
  const absl::StatusOr<Evaluation> evaluation =
      Evaluate(*validation_, token_bytes_,
               {.rows = config_.training.rows,
                .length = config_.training.length,
                .max_tokens = config_.training.validation_tokens},
               model_.get());
  if (!evaluation.ok()) return evaluation.status();
  result_.validation = *evaluation;
  observer_->Validated(step_, *evaluation);
  return log_.Validation(step_, *evaluation);
}

absl::StatusOr<TrainingResult> TrainingRun::Run() {
  start_ = Clock::now();
  tokens_at_start_ = tokens_;
  step_at_start_ = result_.step = step_;
  bool go_on = true;
  std::int64_t saved_at = -1;
  while (go_on && step_ < config_.training.steps) {
    StepReport report;
    absl::Status status =
        CatchTorch(absl::StrCat("step ", step_ + 1), [&] { return Step(&report); });
    if (!status.ok()) return status;
    go_on = observer_->Stepped(report);
    if (go_on && (Due(config_.training.validate_every) || step_ == config_.training.steps)) {
      if (status = Validate(); !status.ok()) return status;
    }
    if (Due(config_.training.checkpoint_every)) {
      if (status = Save(); !status.ok()) return status;
      saved_at = step_;
    }
  }
  if (saved_at != step_) {
    if (absl::Status status = Save(); !status.ok()) return status;
  }
  return result_;
}

}  // namespace

absl::StatusOr<TrainingResult> Train(const RunConfig& config, const Tokenizer& tokenizer,
                                     const TrainingFiles& files, bool resume,
                                     const torch::Device& device, TrainingObserver* observer) {
  TrainingRun run(config, tokenizer, files, device, observer);
  if (absl::Status status = run.Prepare(resume); !status.ok()) return status;
  return run.Run();
}

absl::StatusOr<TrainedModel> LoadTrainedModel(const std::string& path, const torch::Device& device,
                                              const std::optional<OtherModel>& other) {
  const absl::StatusOr<Checkpoint> checkpoint = ReadCheckpoint(path);
  if (!checkpoint.ok()) return checkpoint.status();
  absl::StatusOr<RunConfig> config = ParseRunConfig(checkpoint->config, path);
  if (!config.ok()) return config.status();
  if (other) {
    const std::int64_t vocab_size = config->model.vocab_size;
    config->model = other->config;
    if (config->model.vocab_size == 0) config->model.vocab_size = vocab_size;
  }
  absl::StatusOr<Model> pieces = ParseModel(checkpoint->tokenizer);
  if (!pieces.ok()) return pieces.status();
  absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(*std::move(pieces));
  if (!tokenizer.ok()) return tokenizer.status();
  absl::StatusOr<std::shared_ptr<Transformer>> model = Transformer::Create(config->model, 0);
  if (!model.ok()) return model.status();
  absl::Status status = CatchTorch(path, [&]() -> absl::Status {
    RestoreModule(*checkpoint, model->get());
    const std::vector<std::string> unused = UnusedWeights(*checkpoint, **model);
    if (!unused.empty() && !(other && other->ignore_unused)) return Unused(path, unused);
    (*model)->to(device);
    (*model)->eval();
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  const auto step = checkpoint->counters.find("step");
  return TrainedModel{*std::move(config), *std::move(tokenizer), *std::move(model),
                      step == checkpoint->counters.end() ? 0 : step->second};
}

absl::StatusOr<torch::Device> ParseDevice(const std::string& name) {
  torch::Device device(torch::kCPU);
  const absl::Status status = CatchTorch("device \"" + name + "\"", [&] {
    device = torch::Device(name);
    (void)torch::zeros({1}, torch::TensorOptions().device(device));
    return absl::OkStatus();
  });
  if (!status.ok()) {
    return absl::InvalidArgumentError("no device \"" + name +
                                      "\" here; cpu is, and cuda where LibTorch has it");
  }
  return device;
}

}  // namespace bytepiece::lm
