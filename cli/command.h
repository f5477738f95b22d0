// SPDX-License-Identifier: Apache-2.0
// What a command is to main: options on a CLI::App, and what to run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "absl/status/status.h"

namespace bytepiece {

struct Command {
  CLI::App* app = nullptr;
  // Called once, after the options were parsed. An error is printed as one line;
  // UsageError (errors.h) among them gives exit code 2.
  std::function<absl::Status()> run;
};

// The table of commands, one file each (train.cc holds AddTrain, ...). Each adds
// its subcommand to `root` and returns it; main.cc lists them.
Command AddTrain(CLI::App* root);
Command AddEncode(CLI::App* root);
Command AddDecode(CLI::App* root);
Command AddSample(CLI::App* root);
Command AddConvert(CLI::App* root);
Command AddInspect(CLI::App* root);
Command AddEvaluate(CLI::App* root);
Command AddCount(CLI::App* root);
Command AddMerge(CLI::App* root);

}  // namespace bytepiece
