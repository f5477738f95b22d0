// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/extrapolation_options.h"

namespace bytepiece::lm {
namespace {

constexpr char kExtrapolationFooter[] =
    "Variants, trained each with the configuration's sizes, steps and length N:\n"
    "  rope, rope-log-n   full attention, RoPE; with log n scaling\n"
    "  inv-leaky          larger steps beyond N/4 in training, RoPE after it; log n\n"
    "  inv-leaky-b        the same with a larger base\n"
    "  hwfa               windows, then a full layer without positions; log n\n"
    "  hwfa2, hwfa2-wW-fF windows of W, and F full layers with RoPE among them; log n\n"
    "  swan               windows and full layers without positions in turns\n"
    "  vq, performer, rnn-tanh, rnn-gru, rnn-linear\n"
    "Forms, of full layers trained with RoPE: as trained, pi, ntk-fixed, ntk-mixed, rerope-wW,\n"
    "leaky-wW-kK; with log n after training alone where there was none in it.\n"
    "Texts: \"natural\", the validation's; \"repeated\", its stretches of N tokens again and\n"
    "again. Measured are loss and accuracy over all positions, and over the last N.\n"
    "\n"
    "OUT is a folder: models/VARIANT-SEED as \"train\" leaves them, results.json with all\n"
    "settings, results.md: with several seeds each figure is their mean, ± half their range.\n"
    "Beside quality it has the time of each form at N and at --expansion times N, for one\n"
    "text: milliseconds a token, over all of it at once, and for one token more, as in\n"
    "generation. plots/TEXT.svg shows accuracy against length for the variants as trained,\n"
    "plots/TEXT-VARIANT.svg for the forms of one. Stopped, the same command goes on; nothing\n"
    "is done twice. More variants, seeds or lengths may be asked for later.\n"
    "\n"
    "Examples:\n"
    "  bytepiece-lm extrapolation --config tiny --tokenizer my.model --train train.txt \\\n"
    "      --validation held_out.txt --variants rope,rope-log-n,hwfa2 --out found\n"
    "  bytepiece-lm extrapolation --config my.json --tokenizer my.model --train train.txt \\\n"
    "      --validation held_out.txt --seeds 0,1,2 --times 1,2,4,8,16 --out found";

}  // namespace

void AddExtrapolationOptions(CLI::App* app, ExtrapolationCommand* command) {
  const auto input = [&](const char* name, std::string* value, const char* what) {
    return app->add_option(name, *value, what)->required();
  };
  const auto list = [&](const char* name, auto* values, const char* what) {
    return app->add_option(name, *values, what)->delimiter(',')->capture_default_str();
  };
  const auto positive = CLI::Range(std::int64_t{1}, std::int64_t{1} << 30).description("");
  app->add_option("--config", command->config, "Sizes and training, as for \"train\"")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  input("--tokenizer", &command->tokenizer, "The model of \"bytepiece train\"")->type_name("FILE");
  input("--train", &command->train, "Text or ids to train on, as for \"train\"")->type_name("PATH");
  input("--validation", &command->validation, "Text or ids to measure on")->type_name("PATH");
  AddReadingOptions(app, &command->reading);
  app->add_option("-o,--out", command->out, "The folder of the experiment")
      ->type_name("DIR")
      ->required();
  list("--variants", &command->variants, "Which")->type_name("NAME,...");
  list("--times", &command->times, "Lengths to read at, by the training's")
      ->type_name("N,...")
      ->check(positive);
  list("--seeds", &command->seeds, "Each variant is trained with each")
      ->type_name("N,...")
      ->check(CLI::NonNegativeNumber.description(""));
  app->add_option("--expansion", command->expansion,
                  "The longest length by N that forms are made for")
      ->type_name("N")
      ->check(positive)
      ->capture_default_str();
  app->add_option("--tokens", command->tokens, "To measure on, about, for each length")
      ->type_name("N")
      ->check(positive)
      ->capture_default_str();
  app->add_option("--repeats", command->repeats,
                  "Times are the least of so many measurements; 0: none are taken")
      ->type_name("N")
      ->check(CLI::Range(0, 1000).description(""))
      ->capture_default_str();
  app->add_flag("--quiet", command->quiet, "Show no progress");
  AddDeviceOptions(app, &command->device);
  app->footer(kExtrapolationFooter);
}

}  // namespace bytepiece::lm
