// SPDX-License-Identifier: Apache-2.0
// bytepiece sample: random segmentations.
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/encode_pipeline.h"
#include "cli/errors.h"

namespace bytepiece {
namespace {

constexpr char kDescription[] = "Turn text into token ids at random";

constexpr char kFooter[] =
    "A segmentation of each document is drawn with probability proportional to\n"
    "exp(alpha x score), so that training sees many of them (subword regularisation). The\n"
    "samples of a document stand one after another in the output. They depend on the model,\n"
    "the text, the document's number and the options alone, not on the number of threads.\n"
    "\n"
    "Examples:\n"
    "  echo \"Hello world\" | bytepiece sample -m my.model --samples 5 --format pieces\n"
    "  bytepiece sample -m my.model --alpha 0.2 --seed 7 -o epoch7.npy --eos data/*.jsonl\n";

struct SampleCommand {
  PipelineOptions pipeline;
  SampleOptions sampling;
  std::uint32_t samples = 1;
};

absl::Status Run(const SampleCommand& command) {
  if (!(command.sampling.alpha >= 0)) {  // nor NaN
    return UsageError(absl::StrCat("--alpha ", command.sampling.alpha,
                                   " is outside the range from 0 to inf; choose one within"));
  }
  return RunPipeline(
      command.pipeline, [&command](const Tokenizer& tokenizer, const DocumentPart& part,
                                   Workspace* workspace, EncodedDocument* encoded) {
        SampleOptions sampling = command.sampling;
        sampling.document = static_cast<std::uint64_t>(part.number);
        for (sampling.sample = 0; sampling.sample < command.samples; ++sampling.sample) {
          EncodedDocument::Segmentation* one = &encoded->segmentations.emplace_back();
          absl::Status status =
              tokenizer.Sample(part.text, sampling, command.pipeline.encode, workspace, &one->ids);
          if (!status.ok()) return status;
        }
        return absl::OkStatus();
      });
}

}  // namespace

Command AddSample(CLI::App* root) {
  auto command = std::make_shared<SampleCommand>();
  CLI::App* app = root->add_subcommand("sample", kDescription);
  AddPipelineOptions(app, &command->pipeline);
  SampleOptions* sampling = &command->sampling;
  app->add_option("--alpha", sampling->alpha,
                  "0: all segmentations alike; 1: the model's own posterior;\n"
                  "inf: the best segmentation")
      ->type_name("NUMBER")
      ->capture_default_str();
  app->add_option("--samples", command->samples, "Segmentations of each document")
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--seed", sampling->seed, "Another seed, other samples")
      ->type_name("N")
      ->capture_default_str();
  const std::map<std::string, SamplingMethod> methods = {{"perfect", SamplingMethod::kPerfect},
                                                         {"viterbi", SamplingMethod::kViterbi}};
  app->add_option_function<std::string>(
         "--method",
         [methods, sampling](const std::string& name) { sampling->method = methods.at(name); },
         "perfect draws exactly from the distribution; viterbi, the older\n"
         "method, approximately")
      ->type_name("perfect|viterbi")
      ->check(CLI::IsMember(methods).description(""))
      ->default_str("perfect");
  app->footer(kFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece
