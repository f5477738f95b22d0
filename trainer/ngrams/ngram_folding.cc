// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngrams/ngram_folding.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "bytepiece/base/for_each_on_threads.h"
#include "trainer/counts/ngram_run.h"
#include "trainer/counts/run_file_writer.h"
#include "trainer/ngrams/ngram_prefix_sums.h"

namespace bytepiece {
namespace {

// Each makes a file for every length, and the set keeps less than a hundred.
constexpr int kMostRanges = 12;

// A run in a file, begun when there is something to write.
class LazyRun {
 public:
  absl::Status Add(RunSet* runs, std::uint64_t key, std::int64_t count) {
    if (!writer_) {
      absl::StatusOr<RunFileWriter> file = RunFileWriter::Create(runs->header(), runs->store());
      if (!file.ok()) return file.status();
      file_ = std::make_unique<RunFileWriter>(*std::move(file));
      writer_ = std::make_unique<NgramRunWriter>(
          runs->header().spec.order,
          [file = file_.get()](const CountBlock& block, std::string_view bytes) {
            return file->AddBlock(block, bytes);
          });
    }
    return writer_->Add(key, count);
  }

  // Appends the run to *runs, if there is one.
  absl::Status Finish(std::vector<CountRun>* runs) {
    if (!writer_) return absl::OkStatus();
    if (absl::Status status = writer_->Finish(); !status.ok()) return status;
    absl::StatusOr<CountRun> run = std::move(*file_).Finish({});
    if (run.ok()) runs->push_back(*std::move(run));
    return run.status();
  }

 private:
  std::unique_ptr<RunFileWriter> file_;
  std::unique_ptr<NgramRunWriter> writer_;
};

// Folds one range of keys, in which every n-gram but single bytes lies as a whole.
class Folder {
 public:
  Folder(std::int64_t below, RunSet* runs) : below_(below), runs_(runs) {}

  void Add(std::uint64_t key, std::int64_t count) {
    sums_.Add(key, count, this);
    own_[NgramKey64::Length(key)] += count;
  }

  // Called as NgramPrefixSums tells. N-grams that begin with a rare one are rarer, and
  // folded by now: all of `count` is its own.
  void Close(std::uint64_t ngram, int length, std::int64_t count) {
    const std::int64_t own = std::exchange(own_[length], 0);
    if (length == 1) {
      bytes_[NgramKey64::Byte(ngram, 0)] += own;
    } else if (count < below_) {
      own_[length - 1] += own;
    } else if (own > 0 && status_.ok()) {
      // An n-gram closes after those that begin with it, but sorts before them; those
      // of one length close in order.
      status_ = by_length_[length].Add(runs_, ngram, own);
    }
  }

  absl::Status Finish(std::vector<CountRun>* runs) {
    sums_.Finish(this);
    for (LazyRun& run : by_length_) {
      if (status_.ok()) status_ = run.Finish(runs);
    }
    return status_;
  }

  // The counts of single bytes by themselves: cut off by a chunk's end, or folded.
  const std::array<std::int64_t, 256>& bytes() const { return bytes_; }

 private:
  std::int64_t below_;
  RunSet* runs_;
  absl::Status status_;
  NgramPrefixSums sums_;
  std::array<std::int64_t, NgramKey64::kMaxLength + 1> own_ = {};  // of open ones, by length
  std::array<std::int64_t, 256> bytes_ = {};
  std::array<LazyRun, NgramKey64::kMaxLength + 1> by_length_;
};

struct FoldedRange {
  absl::Status status;
  std::vector<CountRun> runs;
  std::array<std::int64_t, 256> bytes = {};
};

FoldedRange FoldRange(std::int64_t below, std::uint64_t first, std::uint64_t end, RunSet* runs) {
  FoldedRange folded;
  Folder folder(below, runs);
  folded.status =
      MergeNgrams(runs->runs(), runs->header().spec.order, first, end,
                  [&](std::uint64_t key, std::int64_t count) { folder.Add(key, count); });
  if (folded.status.ok()) folded.status = folder.Finish(&folded.runs);
  folded.bytes = folder.bytes();
  return folded;
}

// Single bytes span ranges: the sum of theirs.
absl::Status WriteBytes(const std::vector<FoldedRange>& ranges, RunSet* runs,
                        std::vector<CountRun>* written) {
  LazyRun run;
  for (int byte = 0; byte < 256; ++byte) {
    std::int64_t count = 0;
    for (const FoldedRange& range : ranges) count += range.bytes[byte];
    if (count == 0) continue;
    const std::uint64_t key = static_cast<std::uint64_t>(byte) << 56 | 1;
    if (absl::Status status = run.Add(runs, key, count); !status.ok()) return status;
  }
  return run.Finish(written);
}

}  // namespace

absl::Status FoldRareNgrams(std::int64_t below, int threads, RunSet* runs) {
  const std::vector<std::uint64_t> cuts =
      CutBetweenPairs(runs->runs(), std::min(threads, kMostRanges));
  const std::size_t num_ranges = cuts.size();
  std::vector<FoldedRange> ranges(cuts.size());
  ForEachOnThreads(num_ranges, threads, [&](std::size_t i, int) {
    ranges[i] = FoldRange(below, cuts[i], i + 1 < num_ranges ? cuts[i + 1] : kNoNgram, runs);
  });
  std::vector<CountRun> folded;
  for (FoldedRange& range : ranges) {
    if (!range.status.ok()) return range.status;
    std::move(range.runs.begin(), range.runs.end(), std::back_inserter(folded));
  }
  if (absl::Status status = WriteBytes(ranges, runs, &folded); !status.ok()) return status;
  runs->ReplaceAll(std::move(folded));
  return absl::OkStatus();
}

}  // namespace bytepiece
