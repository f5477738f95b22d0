// SPDX-License-Identifier: Apache-2.0
// The place of runs that memory has no room for.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "bytepiece/io/scratch_file.h"

namespace bytepiece {

class RunStore {
 public:
  virtual ~RunStore() = default;
  // A new file to be written. Thread-safe.
  virtual absl::StatusOr<ScratchFile> Create() = 0;
  // Whether files must survive a crash of the machine.
  virtual bool durable() const { return false; }
};

// Files without names: nothing is left behind, however the process ends.
class TemporaryRuns : public RunStore {
 public:
  explicit TemporaryRuns(std::string folder) : folder_(std::move(folder)) {}
  absl::StatusOr<ScratchFile> Create() override { return ScratchFile::CreateUnnamed(folder_); }

 private:
  std::string folder_;
};

}  // namespace bytepiece
