// SPDX-License-Identifier: Apache-2.0
// Bytes that have to wait, in memory while they are few, else in a temporary file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/io/scratch_file.h"

namespace bytepiece {

class SpilledBytes {
 public:
  absl::Status Append(std::string_view bytes);
  bool empty() const { return held_.empty() && !file_; }

  // Writes all of them to *file, in order, and forgets them.
  absl::Status MoveTo(AtomicFile* file);

 private:
  std::string held_;
  std::optional<ScratchFile> file_;  // what came before held_
};

}  // namespace bytepiece
