// SPDX-License-Identifier: Apache-2.0
// Manual pages, in roff, from the definitions of the commands.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bytepiece {

// NAME(1) of the program, with its commands; NAME-COMMAND(1).
std::string ProgramPage(const CLI::App& root);
std::string CommandPage(const CLI::App& root, const CLI::App& command);

}  // namespace bytepiece
