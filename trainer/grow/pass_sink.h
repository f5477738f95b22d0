// SPDX-License-Identifier: Apache-2.0
// The progress of a stage that reads the corpus many times, told as one.
#pragma once

#include "bytepiece/base/progress.h"

namespace bytepiece {

// Makes many passes one piece of progress.
class PassSink : public ProgressSink {
 public:
  explicit PassSink(ProgressSink* sink, int ended = 0) : sink_(sink), ended_(ended) {}
  // How many passes are to come, this one included, as far as it can be foreseen.
  void Plan(int passes) { planned_ = passes; }
  bool Update(const Progress& progress) override;
  void EndPass();

 private:
  ProgressSink* sink_;  // may be null
  int ended_;
  int planned_ = 1;
};

}  // namespace bytepiece
