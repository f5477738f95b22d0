// SPDX-License-Identifier: Apache-2.0
// The commands of bytepiece-lm, one file each; main.cc lists them.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/program/command.h"

namespace bytepiece::lm {

Command AddTrain(CLI::App* root);
Command AddEval(CLI::App* root);
Command AddGenerate(CLI::App* root);
Command AddAttentionScale(CLI::App* root);
Command AddKernelError(CLI::App* root);
Command AddRecurrence(CLI::App* root);
Command AddBench(CLI::App* root);
Command AddContinuation(CLI::App* root);
Command AddExtrapolation(CLI::App* root);

}  // namespace bytepiece::lm
