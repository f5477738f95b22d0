// SPDX-License-Identifier: Apache-2.0
// Finds what is wrong with a command line, and what was probably meant.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace bytepiece {

// One line for an error of root.parse(). Whatever else CLI11 complains of, a word that it does
// not know comes first: "--outptu FILE" explains why "--output is required".
std::string DescribeParseError(const CLI::App& root, const CLI::ParseError& error);

// Whether a word was met that no option and no command takes.
bool HasUnknownWord(const CLI::App& root);

// "unknown command trian; did you mean train?", the question only if there is one.
std::string UnknownCommand(const CLI::App& root, std::string_view typed);

}  // namespace bytepiece
