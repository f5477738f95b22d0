// SPDX-License-Identifier: Apache-2.0
// A training run: steps, validation, checkpoints, a log. Interrupted at any moment and
// resumed, it does the same steps, to the bit, as if it had gone through (on the same
// machine with the same number of threads).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/tokenizer.h"
#include "corpus/corpus_options.h"
#include "corpus/input_notes.h"
#include "lm/model/transformer.h"
#include "lm/training/evaluation.h"
#include "lm/training/run_config.h"
#include "lm/training/step_report.h"

namespace bytepiece::lm {

struct TrainingFiles {
  std::string train;           // corpus_source.h
  std::string validation;      // empty: none
  CorpusOptions reading = {};  // of both, where they are texts
  std::string checkpoint;      // written; with `resume`, read first
  std::string log;             // JSON Lines, appended to; empty: none
};

// Watches a run. Called by the thread that trains.
class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  // A text has been read; what is noted of it.
  virtual void Read(const InputNotes& notes) = 0;
  // False: stop here, after a checkpoint.
  virtual bool Stepped(const StepReport& report) = 0;
  virtual void Validated(std::int64_t step, const Evaluation& evaluation) = 0;
};

struct TrainingResult {
  std::int64_t step = 0;                 // done; less than `steps` if stopped
  double loss = 0;                       // of the last step
  std::optional<Evaluation> validation;  // the latest
};

// A loss or gradient that is not finite stops the run with an explanation; that step is
// not taken, and the latest checkpoint stays. A corpus unlike the one that the checkpoint
// was trained on is an error. With `resume`, config and tokenizer are the checkpoint's
// (TrainedModel), as the caller has read them; only training.steps may differ, down to the
// steps that are done. The learning rate is then that of a run of so many steps, from where
// this one goes on.
absl::StatusOr<TrainingResult> Train(const RunConfig& config, const Tokenizer& tokenizer,
                                     const TrainingFiles& files, bool resume,
                                     const torch::Device& device, TrainingObserver* observer);

// The contents of a checkpoint, ready for use.
struct TrainedModel {
  RunConfig config;
  Tokenizer tokenizer;
  std::shared_ptr<Transformer> model;
  std::int64_t step = 0;
};

// A model for weights to serve in instead of what they were trained in: other positions,
// another scale; their shapes must be the same.
struct OtherModel {
  ModelConfig config;
  // Weights that it has no place for are left out; else they are an error, since what is
  // measured without them is not what was trained.
  bool ignore_unused = false;
};

// Errors name the path. FailedPrecondition: weights that are left unused, by name.
absl::StatusOr<TrainedModel> LoadTrainedModel(const std::string& path, const torch::Device& device,
                                              const std::optional<OtherModel>& other = {});

// "cpu", "cuda", "cuda:1"; an error for a name LibTorch does not know or a device that
// is not there.
absl::StatusOr<torch::Device> ParseDevice(const std::string& name);

}  // namespace bytepiece::lm
