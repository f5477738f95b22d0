// SPDX-License-Identifier: Apache-2.0
#include "trainer/setup/stages.h"

#include "trainer/setup/memory_budget.h"

namespace bytepiece {

absl::Status RunStages(const std::vector<Stage>& stages, ProgressSink* sink) {
  Progress progress;
  progress.stages = static_cast<int>(stages.size());
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].is_done) continue;
    progress.stage = static_cast<int>(i) + 1;
    progress.name = stages[i].name;
    progress.memory = ResidentBytes();
    if (sink != nullptr && !sink->Update(progress)) {
      return absl::CancelledError("stopped on request");
    }
    if (absl::Status status = stages[i].run(progress); !status.ok()) return status;
    ReturnFreedMemory();
  }
  return absl::OkStatus();
}

}  // namespace bytepiece
