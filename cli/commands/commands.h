// SPDX-License-Identifier: Apache-2.0
// The commands of bytepiece.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/program/command.h"

namespace bytepiece {

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
