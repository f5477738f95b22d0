// SPDX-License-Identifier: Apache-2.0
// All runs of one kind of counts, in memory and on disk, to be merged as one.
//
// Few enough files are kept to read all of them at once: past a number the
// smallest are merged, so that an entry is rewritten O(log runs) times.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "trainer/counts/count_run.h"
#include "trainer/counts/run_store.h"

namespace bytepiece {

class RunSet {
 public:
  // The store must outlive the set.
  RunSet(const CountHeader& header, RunStore* store) : header_(header), store_(store) {}

  // Thread-safe.
  void Add(CountRun run);
  void Add(std::vector<CountRun> runs);

  // Writes the runs in memory to files, each thread a part of them. Nothing of
  // them is lost if it fails; nothing must be done with the set then.
  absl::Status Spill(int threads);

  // Forgets all runs and has these instead, which are in files just written.
  void ReplaceAll(std::vector<CountRun> files);

  // Forgets the runs in memory.
  void DropMemory();

  std::int64_t memory_bytes() const { return memory_bytes_; }
  // Written by Spill, the merging of files included.
  std::int64_t spilled_bytes() const { return spilled_bytes_; }

  const CountHeader& header() const { return header_; }
  RunStore* store() const { return store_; }
  // Every run; valid until the next call that changes the set.
  RunPointers runs() const;
  std::size_t num_files() const { return files_.size(); }
  const std::vector<CountRun>& files() const { return files_; }

 private:
  // Each thread merges a part of `runs` into a new file.
  absl::Status MergeToFiles(const RunPointers& runs, int threads, std::vector<CountRun>* files);
  absl::Status LimitFiles(int threads);

  CountHeader header_;
  RunStore* store_;
  std::mutex mutex_;  // of memory_ and its size
  std::vector<CountRun> memory_;
  std::vector<CountRun> files_;
  std::int64_t memory_bytes_ = 0;
  std::int64_t spilled_bytes_ = 0;
};

// Merges runs of the header's kind into one. Adds to *text_bytes, if given, the bytes of text that
// the counts are of (counted_text.h).
absl::Status MergeRuns(const CountHeader& header, const RunPointers& runs, const BlockSink& sink,
                       std::int64_t* text_bytes = nullptr);

// Merges runs into a new file of the store.
absl::StatusOr<CountRun> MergeToFile(const CountHeader& header, const RunPointers& runs,
                                     const CorpusSize& corpus, RunStore* store);

}  // namespace bytepiece
