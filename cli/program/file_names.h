// SPDX-License-Identifier: Apache-2.0
// Options that name files and folders.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bytepiece {

// For Option::check of a file that is not read from standard input ("-"), which `what` is.
CLI::Validator NotStandardInput(const std::string& what);

// Makes an empty name, as an unset variable of a script gives, an error that names the option.
void RefuseEmptyNames(CLI::App* command);

}  // namespace bytepiece
