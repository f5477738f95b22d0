// SPDX-License-Identifier: Apache-2.0
// The options of "bytepiece-lm extrapolation".
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/files/input_options.h"
#include "lm/extrapolation/variants.h"
#include "lm_cli/device_options.h"

namespace bytepiece::lm {

struct ExtrapolationCommand {
  std::string config = "tiny";
  std::string tokenizer;
  std::string train;
  std::string validation;
  ReadingOptions reading;
  std::map<std::string, std::string> changed_reading;  // ChangedReadingOptions
  std::string out;
  std::vector<std::string> variants = VariantNames();
  std::vector<std::int64_t> times = {1, 2, 4, 8};
  std::vector<std::int64_t> seeds = {0};
  std::int64_t expansion = 8;
  std::int64_t tokens = 65536;
  int repeats = 3;
  bool quiet = false;
  DeviceOptions device;
};

// With their explanation at the end of --help.
void AddExtrapolationOptions(CLI::App* app, ExtrapolationCommand* command);

}  // namespace bytepiece::lm
