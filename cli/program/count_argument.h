// SPDX-License-Identifier: Apache-2.0
// Numbers as people write them: 32k, 1M, 1.5M.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace bytepiece {

// The whole number that `text` is, in digits alone: "32k" is "32000", "1.5M" "1500000", k, M, G
// and T being powers of 1000 (of bytes, where sizes such as 2G are, they are powers of 1024), in
// either case. Nothing for all else, "1.5" and "0.0001k" among it.
std::optional<std::string> ParseCount(std::string_view text);

// Lets every option of `command` whose argument is called N take such numbers.
void TakeCounts(CLI::App* command);

}  // namespace bytepiece
