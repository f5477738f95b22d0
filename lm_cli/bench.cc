// SPDX-License-Identifier: Apache-2.0
// bytepiece-lm bench: time a token against the length of the text, for each mixer.
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/program/choice.h"
#include "cli/program/errors.h"
#include "lm/model/make_mixer.h"
#include "lm/model/model_config.h"
#include "lm/model/torch_status.h"
#include "lm_cli/commands.h"
#include "lm_cli/device_options.h"
#include "lm_cli/timing.h"

namespace bytepiece::lm {
namespace {

constexpr char kBenchDescription[] = "Time the mixers against the length of the text";

constexpr char kBenchFooter[] =
    "Microseconds a token of one layer's mixer in inference, one text: over a whole text at\n"
    "once, and for the next token once the text is there. The least of --repeats.\n"
    "\n"
    "Examples:\n"
    "  bytepiece-lm bench --length 1024,4096,16384 --json\n"
    "  bytepiece-lm bench --mixer window,vq,performer --length 65536";

struct BenchCommand {
  std::vector<std::string> mixers;  // empty: all
  std::vector<std::int64_t> lengths = {1024, 4096, 16384};
  std::int64_t width = 256;
  std::int64_t window = 128;
  int repeats = 3;
  bool json = false;
  DeviceOptions device;
};

struct Contender {
  const char* name;
  LayerConfig layer;
};

std::vector<Contender> Contenders(const BenchCommand& command) {
  LayerConfig full;
  full.positions = full.inference_positions = {.kind = PositionKind::kRope};
  LayerConfig rerope = full;
  rerope.inference_positions = {.kind = PositionKind::kReRope, .window = command.window};
  LayerConfig window = full;
  window.mixer = MixerKind::kWindow;
  window.window = command.window;
  LayerConfig codebook;
  codebook.mixer = MixerKind::kCodebook;
  codebook.positions = codebook.inference_positions = {.kind = PositionKind::kNone};
  codebook.codebook.block = command.window;
  LayerConfig soft = codebook, performer = codebook;
  soft.codebook.codebook.kind = ShareKind::kSoft;
  performer.codebook.codebook.kind = ShareKind::kPerformer;
  LayerConfig linear, tanh;
  linear.mixer = tanh.mixer = MixerKind::kRecurrent;
  linear.recurrence.kind = RecurrenceKind::kLinear;
  tanh.recurrence.solver.kind = SolverKind::kQuasiNewton;
  return {{"full", full},    {"full_rerope", rerope},  {"window", window},     {"vq", codebook},
          {"vq_soft", soft}, {"performer", performer}, {"rnn_linear", linear}, {"rnn_tanh", tanh}};
}

constexpr int kSteps = 16;  // decoded, at the end of the text

nlohmann::ordered_json Measure(const Contender& contender, std::int64_t length,
                               const BenchCommand& command, const torch::Device& device) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(1);
  const std::shared_ptr<Mixer> mixer = MakeMixer(contender.layer, command.width);
  mixer->to(device);
  mixer->eval();
  const torch::Tensor x =
      torch::randn({1, length, command.width}, torch::TensorOptions().device(device));
  const double whole = LeastMicroseconds(command.repeats, [&] { Finish(mixer->forward(x)); });
  const std::unique_ptr<MixerState> state = mixer->NewState(1);
  mixer->Prefill(x, state.get());
  std::int64_t next = 0;
  const double step = LeastMicroseconds(
      kSteps, [&] { Finish(mixer->Step(x.select(1, next++ % length), state.get())); });
  return {{"mixer", contender.name},
          {"length", length},
          {"forward_us_per_token", whole / static_cast<double>(length)},
          {"step_us", step}};
}

absl::Status Run(const BenchCommand& command) {
  const absl::StatusOr<torch::Device> device = UseDevice(command.device);
  if (!device.ok()) return device.status();
  ModelConfig config;
  config.width = command.width;
  std::vector<Contender> contenders = Contenders(command);
  std::erase_if(contenders, [&](const Contender& contender) {
    const auto& chosen = command.mixers;
    return !chosen.empty() &&
           std::find(chosen.begin(), chosen.end(), contender.name) == chosen.end();
  });
  for (const Contender& contender : contenders) config.layers.push_back(contender.layer);
  if (absl::Status status = CompleteModelConfig(&config); !status.ok()) {
    return AsUsageError(status);
  }
  if (!command.json) {
    std::cout << absl::StrFormat("%-12s %8s %12s %12s\n", "mixer", "length", "us a token",
                                 "us a step");
  }
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    contenders[i].layer = config.layers[i];
    for (const std::int64_t length : command.lengths) {
      nlohmann::ordered_json row;
      absl::Status status = CatchTorch(contenders[i].name, [&] {
        row = Measure(contenders[i], length, command, *device);
        return absl::OkStatus();
      });
      if (!status.ok()) return status;
      if (command.json) {
        std::cout << row.dump() << std::endl;
      } else {
        std::cout << absl::StrFormat("%-12s %8d %12.2f %12.1f\n", contenders[i].name, length,
                                     row["forward_us_per_token"].get<double>(),
                                     row["step_us"].get<double>())
                  << std::flush;
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

Command AddBench(CLI::App* root) {
  auto command = std::make_shared<BenchCommand>();
  CLI::App* app = root->add_subcommand("bench", kBenchDescription);
  const auto size = CLI::Range(std::int64_t{1}, std::int64_t{1} << 24).description("");
  app->add_option("--length", command->lengths, "Tokens of the text")
      ->type_name("N[,N...]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(size);
  std::vector<std::string> names;
  for (const Contender& contender : Contenders(*command)) names.push_back(contender.name);
  app->add_option("--mixer", command->mixers,
                  "Which to time (default all): " + absl::StrJoin(names, ", "))
      ->type_name("NAME[,NAME...]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(OneOf(names));
  app->add_option("--width", command->width, "Width of the model")
      ->type_name("N")
      ->check(size)
      ->capture_default_str();
  app->add_option("--window", command->window,
                  "Window of window attention and of ReRoPE; the block of vq")
      ->type_name("N")
      ->check(size)
      ->capture_default_str();
  app->add_option("--repeats", command->repeats, "The least of so many times counts")
      ->type_name("N")
      ->check(CLI::Range(1, 1000).description(""))
      ->capture_default_str();
  app->add_flag("--json", command->json, "Print a JSON object a line");
  AddDeviceOptions(app, &command->device);
  app->footer(kBenchFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece::lm
