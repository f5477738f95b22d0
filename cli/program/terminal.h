// SPDX-License-Identifier: Apache-2.0
// How much room a terminal has, and what fits into a line of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace bytepiece {

// Columns of the terminal at `descriptor`: as it says itself, or else the environment's COLUMNS,
// or 80. Nothing if it is no terminal.
std::optional<std::size_t> TerminalWidth(int descriptor);

// "heading: first, second, third", without as many of the last parts as do not fit into `width`
// columns; a heading that does not fit is cut.
std::string FitLine(const std::string& heading, const std::vector<std::string>& parts,
                    std::size_t width);

}  // namespace bytepiece
