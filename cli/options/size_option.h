// SPDX-License-Identifier: Apache-2.0
// Options that take a size of memory or text, such as 2G.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace bytepiece {

// Adds the option of that name. What is no size is a usage error.
void AddSizeOption(CLI::App* app, const std::string& name, const std::string& description,
                   const std::string& group, std::int64_t* size);

}  // namespace bytepiece
