// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/run_config_option.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bytepiece/io/atomic_file.h"
#include "cli/program/errors.h"

namespace bytepiece::lm {

absl::StatusOr<RunConfig> ReadRunConfig(const std::string& name) {
  absl::StatusOr<RunConfig> config = Preset(name);
  if (config.ok()) return config;
  const absl::StatusOr<std::string> text = ReadFile(name);
  if (!text.ok()) {
    return UsageError(absl::StrCat("--config ", name, " is neither a file nor one of ",
                                   absl::StrJoin(PresetNames(), ", ")));
  }
  config = ParseRunConfig(*text, name);
  if (!config.ok()) return AsUsageError(config.status());
  return config;
}

}  // namespace bytepiece::lm
