// SPDX-License-Identifier: Apache-2.0
// bytepiece sample: random segmentations.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/sampling/alpha_schedule.h"
#include "bytepiece/sampling/sampling_method.h"
#include "cli/commands/commands.h"
#include "cli/commands/encode_pipeline.h"
#include "cli/program/choice.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

constexpr char kSampleDescription[] = "Turn text into token ids at random";

constexpr char kSampleFooter[] =
    "A segmentation of each document is drawn with probability proportional to\n"
    "exp(alpha x score), so that training sees many of them (subword regularisation). The\n"
    "samples of a document stand one after another in the output. They depend on the model,\n"
    "the text, the document's number and the options alone, not on the number of threads; with\n"
    "--shard too, the number is that in the whole, so that shards draw what one run draws.\n"
    "\n"
    "Epochs: with K samples a document, epoch E draws the samples number E x K to\n"
    "E x K + K - 1 of each document, so E epochs of K draw what one run of E x K does, and no\n"
    "sample is drawn twice. The random numbers of a sample are a function of (seed, number of\n"
    "the document over all inputs, number of the sample).\n"
    "\n"
    "Schedules: --alpha FROM:TO goes from one to the other in equal steps, over the epochs if\n"
    "--epochs is given, else over the samples of a document.\n"
    "\n"
    "Examples:\n"
    "  echo \"Hello world\" | bytepiece sample -m my.model --samples 5 --format pieces\n"
    "  bytepiece sample -m my.model --alpha 0.2 --seed 7 -o train.npy --eos data/*.jsonl\n"
    "  bytepiece sample -m my.model --alpha 0.1:0.5 --epoch 3 --epochs 10 -o epoch3.npy data/\n";

struct SampleCommand {
  PipelineOptions pipeline;
  SampleOptions sampling;
  std::string alpha = AlphaSchedule().ToString();
  std::uint32_t samples = 1;
  std::uint32_t epoch = 0;
  std::uint32_t epochs = 0;  // 0: not said
};

// The alpha of sample `i` of the document.
double AlphaOf(const SampleCommand& command, const AlphaSchedule& schedule, std::uint32_t i) {
  return command.epochs > 0 ? schedule.At(command.epoch, command.epochs)
                            : schedule.At(i, command.samples);
}

// How the samples of every document are drawn.
BatchSampleOptions SamplesOf(const SampleCommand& command, const AlphaSchedule& schedule) {
  BatchSampleOptions samples;
  samples.sampling = command.sampling;
  samples.sampling.sample = command.epoch * command.samples;
  samples.alphas.clear();
  for (std::uint32_t i = 0; i < command.samples; ++i) {
    samples.alphas.push_back(AlphaOf(command, schedule, i));
  }
  return samples;
}

absl::Status Check(const CLI::App& app, const SampleCommand& command) {
  if (command.epochs > 0 && command.epoch >= command.epochs) {
    return UsageError(absl::StrCat("--epoch ", command.epoch, " is not below --epochs ",
                                   command.epochs, "; epochs count from 0"));
  }
  if (app.count("--nbest-size") > 0 && command.sampling.method != SamplingMethod::kNBest) {
    return UsageError("--nbest-size is for --method nbest; leave it out");
  }
  if (command.epochs > 0 && command.alpha.find(':') == std::string::npos) {
    return UsageError("--epochs is for --alpha FROM:TO, which changes over them; leave it out");
  }
  const std::uint64_t last = (std::uint64_t{command.epoch} + 1) * command.samples;
  if (last > std::uint64_t{1} << 32) {
    return UsageError(absl::StrCat("--epoch ", command.epoch, " with --samples ", command.samples,
                                   " needs ", last,
                                   " samples a document, of which there are 2^32; "
                                   "choose fewer"));
  }
  return absl::OkStatus();
}

absl::Status Run(const CLI::App& app, SampleCommand* command) {
  const absl::StatusOr<AlphaSchedule> schedule = AlphaSchedule::Parse(command->alpha);
  if (!schedule.ok()) return UsageError(absl::StrCat("--", schedule.status().message()));
  if (absl::Status status = Check(app, *command); !status.ok()) return status;
  // Text read, held, normalised and filtered; ids of each sample as they grow, are joined and
  // written.
  command->pipeline.memory_cost = 12 + 16 * std::int64_t{command->samples};
  BatchSampleOptions samples = SamplesOf(*command, *schedule);
  return RunPipeline(&command->pipeline, [&](absl::Span<const TextPart> documents,
                                             absl::Span<const std::uint64_t> numbers,
                                             BatchEncoder* encoder, TokenBatch* rows) {
    std::vector<std::string_view> texts;
    for (const TextPart& document : documents) texts.push_back(document.text);
    samples.numbers = numbers;
    return encoder->Sample(texts, samples, command->pipeline.encode, rows);
  });
}

}  // namespace

Command AddSample(CLI::App* root) {
  auto command = std::make_shared<SampleCommand>();
  CLI::App* app = root->add_subcommand("sample", kSampleDescription);
  AddPipelineOptions(app, &command->pipeline);
  SampleOptions* sampling = &command->sampling;
  app->add_option("--alpha", command->alpha,
                  "0: all segmentations alike; 1: the model's own posterior;\n"
                  "inf: the best segmentation; FROM:TO: see below")
      ->type_name("NUMBER|FROM:TO")
      ->capture_default_str();
  app->add_option("--samples", command->samples,
                  "Segmentations of each document; several take little more\n"
                  "time than one")
      ->type_name("N")
      ->check(CLI::Range(1u, 4294967295u).description(""))
      ->capture_default_str();
  app->add_option("--seed", sampling->seed, "Another seed, other samples")
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--epoch", command->epoch, "Which epoch of a training run to draw, from 0")
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--epochs", command->epochs, "How many there are: for --alpha FROM:TO")
      ->type_name("N")
      ->check(CLI::Range(1u, 4294967295u).description(""));
  const std::map<std::string, SamplingMethod> methods = {{"perfect", SamplingMethod::kPerfect},
                                                         {"viterbi", SamplingMethod::kViterbi},
                                                         {"nbest", SamplingMethod::kNBest}};
  app->add_option_function<std::string>(
         "--method",
         [methods, sampling](const std::string& name) { sampling->method = methods.at(name); },
         "perfect draws exactly from the distribution; viterbi, the older\n"
         "method, approximately; nbest, SentencePiece's, among the best\n"
         "segmentations of each line")
      ->type_name("perfect|viterbi|nbest")
      ->check(OneOf(methods))
      ->default_str("perfect");
  app->add_option("--nbest-size", sampling->nbest_size, "nbest: among how many")
      ->type_name("N")
      ->check(CLI::Range(1, 100000).description(""))
      ->capture_default_str();
  app->footer(kSampleFooter);
  return {app, [app, command] { return Run(*app, command.get()); }};
}

}  // namespace bytepiece
