// SPDX-License-Identifier: Apache-2.0
// How long work tells its caller where it is, and asks whether to go on.
#pragma once

#include <cstdint>
#include <string_view>

#include "bytepiece/base/export.h"

namespace bytepiece::inline v0 {

struct Progress {
  int stage = 1;  // 1..stages
  int stages = 1;
  std::string_view name = {};  // "counting n-grams"
  std::int64_t done = 0;       // in `unit`
  std::int64_t total = 0;      // 0: unknown
  std::string_view unit = {};  // "bytes", "pieces"; empty: only the share means something
  std::int64_t readings = 1;   // of the input that make up `total`, as far as they can be foreseen
  std::int64_t skipped = 0;    // of `done`: an earlier run did it
  std::int64_t memory = 0;     // resident bytes; 0: unknown
  std::int64_t spilled = 0;    // bytes written to disk for want of memory, in this run
};

class BYTEPIECE_EXPORT ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  // Called from one thread, some times a second at most costs nothing. False
  // asks the work to stop: it then returns absl::CancelledError.
  virtual bool Update(const Progress& progress) = 0;
  // A sentence, without a full stop, on what is no error and yet not what was asked for.
  // From the same thread.
  virtual void Note(std::string_view /*sentence*/) {}
};

}  // namespace bytepiece::inline v0
