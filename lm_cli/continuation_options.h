// SPDX-License-Identifier: Apache-2.0
// The options of "bytepiece-lm continuation".
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/files/input_options.h"
#include "lm/continuation/harness.h"
#include "lm_cli/device_options.h"

namespace bytepiece::lm {

struct ContinuationCommand {
  std::string model;
  std::string program;
  std::string tokenizer;
  std::vector<std::string> texts;
  ReadingOptions reading;
  std::string out;
  HarnessOptions harness = {
      .methods = {"naive", "back-off-1", "back-off-2", "back-off-adaptive", "exact", "full"}};
  PromptOptions prompts;
  bool json = false;
  bool quiet = false;
  bool interactive = false;
  std::string color = "auto";
  DeviceOptions device;
};

// With their explanation at the end of --help.
void AddContinuationOptions(CLI::App* app, ContinuationCommand* command);

// A usage error for options that have no meaning, or none together.
absl::Status CheckContinuationUsage(const ContinuationCommand& command);

}  // namespace bytepiece::lm
