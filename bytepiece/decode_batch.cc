// SPDX-License-Identifier: Apache-2.0
#include <omp.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/base/for_each_on_threads.h"
#include "bytepiece/batch.h"

namespace bytepiece::inline v0 {
namespace {

// Ids of one task: enough that handing it out does not show.
constexpr std::int64_t kTaskIds = std::int64_t{1} << 15;

struct DecodedTask {
  std::size_t first_row = 0;
  std::size_t last_row = 0;
  std::string bytes;
  std::vector<std::int64_t> row_ends;
  absl::Status status;
};

absl::Status CheckOffsets(absl::Span<const std::int64_t> offsets, std::size_t num_ids) {
  const auto end = static_cast<std::int64_t>(num_ids);
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != end ||
      !std::is_sorted(offsets.begin(), offsets.end())) {
    return absl::InvalidArgumentError(
        absl::StrCat("the offsets of a batch must ascend from 0 to its number of ids, ", num_ids));
  }
  return absl::OkStatus();
}

std::vector<DecodedTask> GroupRows(absl::Span<const std::int64_t> offsets) {
  std::vector<DecodedTask> tasks;
  for (std::size_t row = 0; row + 1 < offsets.size(); ++row) {
    if (tasks.empty() || offsets[row] - offsets[tasks.back().first_row] >= kTaskIds) {
      tasks.emplace_back().first_row = row;
    }
    tasks.back().last_row = row + 1;
  }
  return tasks;
}

void Decode(const Tokenizer& tokenizer, absl::Span<const TokenId> ids,
            absl::Span<const std::int64_t> offsets, const DecodeOptions& options,
            DecodedTask* task) {
  for (std::size_t row = task->first_row; row < task->last_row; ++row) {
    for (std::int64_t i = offsets[row]; i < offsets[row + 1]; ++i) {
      if (tokenizer.AppendDecoded(ids[i], options, &task->bytes)) continue;
      task->status = absl::InvalidArgumentError(
          absl::StrCat("row ", row, ": id ", ids[i], " at position ", i - offsets[row],
                       " is outside the vocabulary of ", tokenizer.vocab_size()));
      return;
    }
    task->row_ends.push_back(static_cast<std::int64_t>(task->bytes.size()));
  }
}

}  // namespace

absl::StatusOr<TextBatch> DecodeBatch(const Tokenizer& tokenizer, absl::Span<const TokenId> ids,
                                      absl::Span<const std::int64_t> offsets,
                                      const DecodeOptions& options, int threads) {
  return CatchExceptions([&]() -> absl::StatusOr<TextBatch> {
    if (absl::Status status = CheckOffsets(offsets, ids.size()); !status.ok()) return status;
    std::vector<DecodedTask> tasks = GroupRows(offsets);
    ForEachOnThreads(
        tasks.size(), threads > 0 ? threads : omp_get_num_procs(),
        [&](std::size_t i, int) { Decode(tokenizer, ids, offsets, options, &tasks[i]); });
    TextBatch batch;
    std::size_t size = 0;
    for (const DecodedTask& task : tasks) size += task.bytes.size();
    batch.bytes.reserve(size);
    batch.offsets.reserve(offsets.size());
    for (DecodedTask& task : tasks) {
      if (!task.status.ok()) return std::move(task.status);
      const auto begin = static_cast<std::int64_t>(batch.bytes.size());
      for (const std::int64_t end : task.row_ends) batch.offsets.push_back(begin + end);
      batch.bytes += task.bytes;
      task.bytes = {};
    }
    return batch;
  });
}

}  // namespace bytepiece::inline v0
