// SPDX-License-Identifier: Apache-2.0
// The commands that every program of ours has beside its own: help, and, which help does not
// list, version, completion and man.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/program/command.h"

namespace bytepiece {

Command AddHelp(CLI::App* root);
Command AddVersion(CLI::App* root);
Command AddCompletion(CLI::App* root);
Command AddMan(CLI::App* root);

}  // namespace bytepiece
