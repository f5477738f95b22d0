// SPDX-License-Identifier: Apache-2.0
// Scripts by which shells complete commands, options and their values, from the definitions of
// the commands.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bytepiece {

std::string BashCompletion(const CLI::App& root);
std::string ZshCompletion(const CLI::App& root);
std::string FishCompletion(const CLI::App& root);

}  // namespace bytepiece
