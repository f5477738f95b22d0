// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/continuation_options.h"

#include "absl/strings/str_cat.h"
#include "cli/program/errors.h"
#include "cli/program/style.h"
#include "lm/continuation/continuation_method.h"

namespace bytepiece::lm {
namespace {

constexpr char kContinuationFooter[] =
    "Prompts are drawn from the texts: \"partial\" ones end inside a token of their text,\n"
    "\"word-like\" ones besides where a person may stop writing and what stands before the cut\n"
    "is a piece, \"aligned\" ones between two tokens. Each method answers the same questions:\n"
    "  naive              the prompt's tokens, then the model\n"
    "  back-off-K         K tokens are taken off; what follows must agree with their bytes\n"
    "  back-off-adaptive  as many as may be the beginning of one piece\n"
    "  exact              the sum over what the tokenizer may make of the text to come\n"
    "  full               the sum over all segmentations of the prompt's last bytes\n"
    "OUT/continuation.json holds every figure, OUT/continuation.md tables, which are printed\n"
    "too. All except the times is a function of the model, the texts, the options and --seed.\n"
    "\n"
    "A program of yours may take the model's place: it gets lines like\n"
    "  {\"contexts\": [[1, 512, 77], [1, 9]]}\n"
    "and answers each with a row of ln p(next token = id) for each context,\n"
    "  {\"log_probabilities\": [[-3.2, ...], [...]]}\n"
    "after a first line {\"vocab_size\": 32000, \"name\": \"mine\"}; docs/examples/token_model.py\n"
    "is one.\n"
    "\n"
    "Examples:\n"
    "  bytepiece-lm continuation --model run --text zh.jsonl --text en.jsonl --out found\n"
    "  bytepiece-lm continuation --model run --methods naive,exact --prompts 50 --text zh.jsonl\n"
    "  bytepiece-lm continuation --program ./mine --tokenizer my.model --text zh.jsonl\n"
    "  bytepiece-lm continuation --model run --interactive";

// The model that is asked, the texts and the methods.
void AddQuestionOptions(CLI::App* app, ContinuationCommand* command) {
  app->add_option("-m,--model", command->model, "A run's folder, or its checkpoint")
      ->type_name("DIR");
  app->add_option("--program", command->program,
                  "Anybody's model instead: a command that answers on its standard output")
      ->type_name("COMMAND");
  app->add_option("--tokenizer", command->tokenizer, "The model file that the program's ids are of")
      ->type_name("FILE");
  app->add_option("--text", command->texts,
                  "What to draw prompts from: text the model has never seen; repeatable")
      ->type_name("PATH")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  AddReadingOptions(app, &command->reading);
  app->add_option("--methods", command->harness.methods, "Which, comma-separated")
      ->type_name("NAME,...")
      ->delimiter(',')
      ->capture_default_str();
  app->add_option("--reference", command->harness.reference,
                  "The method that the distance of the next byte is to")
      ->type_name("NAME")
      ->capture_default_str();
}

void AddPromptOptions(CLI::App* app, PromptOptions* prompts) {
  const auto count = [](std::int64_t least) {
    return CLI::Range(least, std::int64_t{1} << 30).description("");
  };
  app->add_option("--prompts", prompts->prompts, "Number of prompts of each kind, for each text")
      ->type_name("N")
      ->check(count(1))
      ->capture_default_str();
  app->add_option("--longest-prompt", prompts->longest_prompt,
                  "Bytes; as the model was trained for")
      ->type_name("BYTES")
      ->check(count(1))
      ->capture_default_str();
  app->add_option("--shortest-prompt", prompts->shortest_prompt, "Bytes")
      ->type_name("BYTES")
      ->check(count(0))
      ->capture_default_str();
  app->add_option("--next-bytes", prompts->next_bytes,
                  "Bytes of the true continuation that are scored")
      ->type_name("N")
      ->check(count(1))
      ->capture_default_str();
  app->add_option("--seed", prompts->seed, "Seed of the prompts and of the intervals")
      ->type_name("N")
      ->capture_default_str();
}

void AddReportOptions(CLI::App* app, ContinuationCommand* command) {
  app->add_option("-o,--out", command->out, "A folder for the report; none: it is only printed")
      ->type_name("DIR");
  app->add_flag("--json", command->json, "Print the JSON instead of the tables");
  app->add_flag("--quiet", command->quiet, "Show no progress");
  app->add_flag("--interactive", command->interactive,
                "Read prompts, a line each, and show what each method makes of them");
  AddColorOption(app, &command->color);
}

}  // namespace

void AddContinuationOptions(CLI::App* app, ContinuationCommand* command) {
  AddQuestionOptions(app, command);
  AddPromptOptions(app, &command->prompts);
  AddReportOptions(app, command);
  AddDeviceOptions(app, &command->device);
  app->footer(kContinuationFooter);
}

absl::Status CheckContinuationUsage(const ContinuationCommand& command) {
  if (command.model.empty() == command.program.empty()) {
    return UsageError("give --model or --program, one of the two");
  }
  if (!command.program.empty() && command.tokenizer.empty()) {
    return UsageError("--program needs --tokenizer: the model file its ids are of");
  }
  if (!command.tokenizer.empty() && command.program.empty()) {
    return UsageError("--tokenizer belongs to --program; a --model has its own");
  }
  if (command.interactive && (!command.texts.empty() || !command.out.empty() || command.json)) {
    return UsageError("--interactive measures nothing: leave --text, --out and --json out");
  }
  if (command.prompts.shortest_prompt > command.prompts.longest_prompt) {
    return UsageError(absl::StrCat("--shortest-prompt ", command.prompts.shortest_prompt,
                                   " is more than --longest-prompt ",
                                   command.prompts.longest_prompt));
  }
  if (command.texts.empty() && !command.interactive) {
    return UsageError("--text is needed, or --interactive");
  }
  for (const std::string& method : command.harness.methods) {
    if (const auto parsed = ParseMethod(method); !parsed.ok()) return AsUsageError(parsed.status());
  }
  return AsUsageError(ParseMethod(command.harness.reference).status());
}

}  // namespace bytepiece::lm
