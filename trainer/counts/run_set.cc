// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/run_set.h"

#include <algorithm>
#include <utility>

#include "bytepiece/base/for_each_on_threads.h"
#include "trainer/counts/ngram_run.h"
#include "trainer/counts/piece_run.h"
#include "trainer/counts/run_file_writer.h"

namespace bytepiece {
namespace {

// Read at once by every thread, 32 kB each; the budget of a thread counts on it.
constexpr std::size_t kMostFiles = 96;
constexpr std::size_t kMergedAtOnce = 64;
constexpr int kMostMergedFiles = 8;  // made of these, whatever the threads: else nothing is won

}  // namespace

absl::Status MergeRuns(const CountHeader& header, const RunPointers& runs, const BlockSink& sink,
                       std::int64_t* text_bytes) {
  return header.kind == CountKind::kNgrams
             ? MergeNgramRuns(runs, header.spec.order, sink, text_bytes)
             : MergePieceRuns(runs, sink, text_bytes);
}

absl::StatusOr<CountRun> MergeToFile(const CountHeader& header, const RunPointers& runs,
                                     const CorpusSize& corpus, RunStore* store) {
  absl::StatusOr<RunFileWriter> file = RunFileWriter::Create(header, store);
  if (!file.ok()) return file.status();
  absl::Status status =
      MergeRuns(header, runs, [&file](const CountBlock& block, std::string_view bytes) {
        return file->AddBlock(block, bytes);
      });
  if (!status.ok()) return status;
  return std::move(*file).Finish(corpus);
}

void RunSet::Add(CountRun run) {
  if (run.empty()) return;
  const std::lock_guard lock(mutex_);
  if (run.file() != nullptr) {
    files_.push_back(std::move(run));
    return;
  }
  memory_bytes_ += static_cast<std::int64_t>(run.memory_bytes());
  memory_.push_back(std::move(run));
}

void RunSet::Add(std::vector<CountRun> runs) {
  for (CountRun& run : runs) Add(std::move(run));
}

RunPointers RunSet::runs() const {
  RunPointers pointers;
  for (const CountRun& run : memory_) pointers.push_back(&run);
  for (const CountRun& run : files_) pointers.push_back(&run);
  return pointers;
}

absl::Status RunSet::MergeToFiles(const RunPointers& runs, int threads,
                                  std::vector<CountRun>* files) {
  const int parts = std::min(threads, static_cast<int>(runs.size()));
  std::vector<absl::StatusOr<CountRun>> merged(parts);
  ForEachOnThreads(parts, threads, [&](std::size_t part, int) {
    RunPointers mine;
    for (std::size_t i = part; i < runs.size(); i += parts) mine.push_back(runs[i]);
    merged[part] = MergeToFile(header_, mine, {}, store_);
  });
  for (absl::StatusOr<CountRun>& run : merged) {
    if (!run.ok()) return run.status();
    spilled_bytes_ += run->file()->size();
    files->push_back(*std::move(run));
  }
  return absl::OkStatus();
}

absl::Status RunSet::Spill(int threads) {
  RunPointers in_memory;
  for (const CountRun& run : memory_) in_memory.push_back(&run);
  if (in_memory.empty()) return absl::OkStatus();
  if (absl::Status status = MergeToFiles(in_memory, threads, &files_); !status.ok()) return status;
  DropMemory();
  return LimitFiles(threads);
}

void RunSet::ReplaceAll(std::vector<CountRun> files) {
  DropMemory();
  files_ = std::move(files);
  for (const CountRun& run : files_) spilled_bytes_ += run.file()->size();
}

void RunSet::DropMemory() {
  memory_.clear();
  memory_.shrink_to_fit();
  memory_bytes_ = 0;
}

absl::Status RunSet::LimitFiles(int threads) {
  while (files_.size() > kMostFiles) {
    std::stable_sort(files_.begin(), files_.end(), [](const CountRun& a, const CountRun& b) {
      return a.file()->size() < b.file()->size();
    });
    RunPointers smallest;
    for (std::size_t i = 0; i < kMergedAtOnce; ++i) smallest.push_back(&files_[i]);
    std::vector<CountRun> merged;
    const int parts = std::min(threads, kMostMergedFiles);
    if (absl::Status status = MergeToFiles(smallest, parts, &merged); !status.ok()) return status;
    files_.erase(files_.begin(), files_.begin() + kMergedAtOnce);
    std::move(merged.begin(), merged.end(), std::back_inserter(files_));
  }
  return absl::OkStatus();
}

}  // namespace bytepiece
