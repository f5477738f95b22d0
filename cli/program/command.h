// SPDX-License-Identifier: Apache-2.0
// A command as main sees it: options on a CLI::App, and what to run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "absl/status/status.h"

namespace bytepiece {

struct Command {
  CLI::App* app = nullptr;
  // Called once, after the options were parsed. An error is printed as one line;
  // UsageError (errors.h) among them gives exit code 2.
  std::function<absl::Status()> run;
};

}  // namespace bytepiece
