// SPDX-License-Identifier: Apache-2.0
// The part that all counting of a corpus shares: each worker counts for itself, counts become
// runs, runs are spilled when there are too many, and checkpoints are written.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "corpus/document_source.h"
#include "trainer/counts/count_run.h"
#include "trainer/counts/run_set.h"
#include "trainer/passes/corpus_pass.h"
#include "trainer/passes/counting_options.h"

namespace bytepiece {

// The least that the counting of pieces can do with, per thread.
inline constexpr std::int64_t kLeastForPieces = std::int64_t{6} << 20;

class CountingWork : public CorpusWork {
 public:
  // All three must outlive this object.
  CountingWork(const CountingOptions& options, RunSet* runs, CountingState* state);

  // Reads the corpus from `position` on to its end; afterwards all is in the runs.
  absl::Status Run(DocumentSource* source, CorpusPosition position);

  absl::Status Pause(const CorpusPosition& position, Progress* progress) override;

 protected:
  // CorpusPassOptions::mark_every.
  virtual std::int64_t MarkEvery() const { return 0; }
  // Moves what is finished, or must be, into the runs.
  virtual void Collect() = 0;
  virtual std::int64_t MostRunBytes() const = 0;
  // All that `worker` has counted, as runs.
  virtual std::vector<CountRun> Take(int worker) = 0;

  void TakeAll();
  void AddBytes(int worker, std::string_view text, std::int64_t weight) {
    bytes_by_weight_[worker][weight] += static_cast<std::int64_t>(text.size());
  }

  const CountingOptions& options_;
  RunSet* runs_;

 private:
  absl::Status Finish(const CorpusPosition& position);
  void AddUp(const CorpusPosition& position);
  absl::Status Save(const CorpusPosition& position);

  CountingState* state_;
  // Indexed by worker, since state_ was brought up to date.
  std::vector<std::map<std::int64_t, std::int64_t>> bytes_by_weight_;
};

}  // namespace bytepiece
