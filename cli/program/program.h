// SPDX-License-Identifier: Apache-2.0
// The frame that every program of ours has around its commands: options that all have, signals,
// streams, errors in one line, exit codes.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/program/command.h"

namespace bytepiece {

struct Program {
  std::string name;
  std::string version;
  std::string description;
  std::string footer;  // of the help
  std::vector<Command (*)(CLI::App* root)> commands;
};

// Returns what main returns. Call it first: no thread may have started.
int RunProgram(int argc, char** argv, const Program& program);

}  // namespace bytepiece
