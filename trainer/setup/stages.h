// SPDX-License-Identifier: Apache-2.0
// A run as a list of stages, each announced once, by its number and name, and then done.
#pragma once

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/base/progress.h"

namespace bytepiece {

struct Stage {
  const char* name;
  // `progress` has the stage's number and name, for what it tells while it works.
  std::function<absl::Status(const Progress& progress)> run;
  bool is_done = false;  // by an earlier run: it has a number, and no more
};

// Does the stages in order, up to the first error. Cancelled if the sink, which may be null,
// wants no more when a stage is announced.
absl::Status RunStages(const std::vector<Stage>& stages, ProgressSink* sink);

}  // namespace bytepiece
