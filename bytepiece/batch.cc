// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/batch.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/base/for_each_on_threads.h"
#include "bytepiece/encoding/batch_slices.h"

namespace bytepiece::inline v0 {
namespace {

int NumThreads(int threads) { return threads > 0 ? threads : omp_get_num_procs(); }

// The result of one task.
struct TaskResult {
  std::vector<TokenId> ids;
  std::vector<ByteSpan> spans;
  std::vector<std::int64_t> row_ends;  // in ids; a row that goes on in the next task has none yet
  absl::Status status;
  std::size_t failed_document = 0;
};

EncodeOptions OptionsOf(const EncodeOptions& options, const BatchSlice& slice, int threads) {
  EncodeOptions mine = options;
  mine.add_bos &= slice.begins_document;
  mine.add_eos &= slice.ends_document;
  mine.threads = threads;
  return mine;
}

// A special token may stand across any place where text could be cut.
bool MayCut(const EncodeOptions& options) {
  return options.special_tokens == SpecialTokenPolicy::kPlainText && options.allow_special.empty();
}

// Whole documents, as parts.
std::vector<TextPart> PartsOf(absl::Span<const std::string_view> documents) {
  std::vector<TextPart> parts(documents.size());
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i].text = documents[i];
  return parts;
}

void Clear(TokenBatch* batch) {
  batch->ids = {};
  batch->spans = {};
  batch->offsets.assign(1, 0);
}

// The status of `work`, of exceptions too; where it fails *batch is empty.
template <typename Work>
absl::Status Fill(TokenBatch* batch, const Work& work) {
  absl::Status status = CatchExceptions([&] {
    Clear(batch);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;  // of a batch that was moved from
  status = CatchExceptions(work);
  if (!status.ok()) Clear(batch);  // allocates nothing this time
  return status;
}

// Appends a row for each of samples.alphas.
absl::Status SampleDocument(const BatchSampleOptions& samples, const EncodeOptions& options,
                            const BatchSlice& document, Worker* worker, TaskResult* result) {
  SampleOptions sampling = samples.sampling;
  sampling.document =
      samples.numbers.empty() ? sampling.document + document.part : samples.numbers[document.part];
  std::vector<std::vector<TokenId>> drawn;
  for (std::size_t first = 0; first < samples.alphas.size(); first += drawn.size()) {
    sampling.alpha = samples.alphas[first];
    sampling.sample = samples.sampling.sample + static_cast<std::uint32_t>(first);
    const auto last = std::find_if(samples.alphas.begin() + first, samples.alphas.end(),
                                   [&](double alpha) { return alpha != sampling.alpha; });
    drawn.assign(static_cast<std::size_t>(last - samples.alphas.begin()) - first, {});
    absl::Status status =
        worker->SampleSeveral(document.text, sampling, options, absl::MakeSpan(drawn));
    if (!status.ok()) return status;
    for (const std::vector<TokenId>& ids : drawn) {
      result->ids.insert(result->ids.end(), ids.begin(), ids.end());
      result->row_ends.push_back(static_cast<std::int64_t>(result->ids.size()));
    }
  }
  return absl::OkStatus();
}

// Puts the results of all tasks one after the other; each is copied once, a single one not at all.
void Join(std::vector<TaskResult>* results, int threads, TokenBatch* batch) {
  batch->offsets.assign(1, 0);
  if (results->size() == 1) {
    TaskResult& only = results->front();
    batch->ids = std::move(only.ids);
    batch->spans = std::move(only.spans);
    batch->offsets.insert(batch->offsets.end(), only.row_ends.begin(), only.row_ends.end());
    return;
  }
  std::vector<std::size_t> begins(results->size());
  std::size_t num_ids = 0;
  std::size_t num_spans = 0;
  for (std::size_t i = 0; i < results->size(); ++i) {
    const TaskResult& result = (*results)[i];
    begins[i] = num_ids;
    for (const std::int64_t end : result.row_ends) {
      batch->offsets.push_back(static_cast<std::int64_t>(num_ids) + end);
    }
    num_ids += result.ids.size();
    num_spans += result.spans.size();
  }
  batch->ids.resize(num_ids);
  batch->spans.resize(num_spans);
  ForEachOnThreads(results->size(), threads, [&](std::size_t i, int) {
    TaskResult& result = (*results)[i];
    std::copy(result.ids.begin(), result.ids.end(), batch->ids.begin() + begins[i]);
    if (num_spans > 0) {
      std::copy(result.spans.begin(), result.spans.end(), batch->spans.begin() + begins[i]);
    }
    result = {};
  });
}

}  // namespace

struct BatchEncoder::Workers {
  std::vector<Worker> by_thread;

  int size() const { return static_cast<int>(by_thread.size()); }
};

BatchEncoder::BatchEncoder(const Tokenizer& tokenizer, int threads)
    : workers_(std::make_unique<Workers>()) {
  const int count = NumThreads(threads);
  workers_->by_thread.reserve(count);
  for (int i = 0; i < count; ++i) workers_->by_thread.push_back(tokenizer.NewWorker());
}

BatchEncoder::BatchEncoder(BatchEncoder&&) noexcept = default;
BatchEncoder& BatchEncoder::operator=(BatchEncoder&&) noexcept = default;
BatchEncoder::~BatchEncoder() = default;

// encode(slice, threads, worker, result) appends the slice's ids to result->ids and, if it ends its
// part, ends the part's rows in result->row_ends.
template <typename EncodeSlice>
absl::Status BatchEncoder::Run(absl::Span<const TextPart> parts, bool may_cut, bool may_share,
                               EncodeSlice encode, TokenBatch* batch) {
  failed_document_ = 0;
  const int threads = workers_->size();
  const std::vector<BatchSlice> slices = CutParts(parts, may_cut);
  const std::vector<BatchTask> tasks = GroupSlices(slices, threads, may_share);
  std::vector<TaskResult> results(tasks.size());
  const auto run = [&](std::size_t i, int thread, int threads_each) {
    TaskResult* const result = &results[i];
    Worker* const worker = &workers_->by_thread[thread];
    for (std::size_t s = tasks[i].first; s < tasks[i].last && result->status.ok(); ++s) {
      result->status =
          CatchExceptions([&] { return encode(slices[s], threads_each, worker, result); });
      result->failed_document = slices[s].part;
    }
  };
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].on_all_threads) run(i, 0, threads);
  }
  ForEachOnThreads(tasks.size(), threads, [&](std::size_t i, int thread) {
    if (!tasks[i].on_all_threads) run(i, thread, 1);
  });
  for (const TaskResult& result : results) {
    if (result.status.ok()) continue;
    failed_document_ = result.failed_document;
    return result.status;
  }
  Join(&results, threads, batch);
  return absl::OkStatus();
}

absl::Status BatchEncoder::Encode(absl::Span<const std::string_view> documents,
                                  const EncodeOptions& options, TokenBatch* batch) {
  return Fill(batch, [&] { return EncodeParts(PartsOf(documents), options, false, batch); });
}

absl::Status BatchEncoder::EncodeWithOffsets(absl::Span<const std::string_view> documents,
                                             const EncodeOptions& options, TokenBatch* batch) {
  return Fill(batch, [&] { return EncodeParts(PartsOf(documents), options, true, batch); });
}

absl::Status BatchEncoder::EncodeParts(absl::Span<const TextPart> parts,
                                       const EncodeOptions& options, bool with_spans,
                                       TokenBatch* batch) {
  // Where a slice begins is known in bytes alone.
  const bool may_cut =
      MayCut(options) && (!with_spans || options.offset_unit == OffsetUnit::kBytes);
  const auto encode = [&](const BatchSlice& slice, int threads, Worker* worker,
                          TaskResult* result) {
    const EncodeOptions mine = OptionsOf(options, slice, threads);
    const std::size_t first = result->spans.size();
    absl::Status status =
        with_spans ? worker->EncodeWithOffsets(slice.text, mine, &result->ids, &result->spans)
                   : worker->Encode(slice.text, mine, &result->ids);
    if (!status.ok()) return status;
    for (std::size_t i = first; slice.begin > 0 && i < result->spans.size(); ++i) {
      result->spans[i].begin += slice.begin;
      result->spans[i].end += slice.begin;
    }
    if (slice.ends_part) result->row_ends.push_back(static_cast<std::int64_t>(result->ids.size()));
    return absl::OkStatus();
  };
  return Fill(batch, [&] { return Run(parts, may_cut, /*may_share=*/true, encode, batch); });
}

absl::Status BatchEncoder::Sample(absl::Span<const std::string_view> documents,
                                  const BatchSampleOptions& samples, const EncodeOptions& options,
                                  TokenBatch* batch) {
  const auto sample = [&](const BatchSlice& document, int, Worker* worker, TaskResult* result) {
    return SampleDocument(samples, options, document, worker, result);
  };
  return Fill(batch, [&] {
    if (!samples.numbers.empty() && samples.numbers.size() != documents.size()) {
      failed_document_ = 0;
      return absl::Status(absl::InvalidArgumentError(
          absl::StrCat(samples.numbers.size(), " numbers of documents for ", documents.size(),
                       " documents; give one each, or none")));
    }
    // A sample is a function of the whole document's random numbers.
    return Run(PartsOf(documents), /*may_cut=*/false, /*may_share=*/false, sample, batch);
  });
}

absl::StatusOr<std::vector<std::int64_t>> BatchEncoder::CountTokens(
    absl::Span<const std::string_view> documents, const EncodeOptions& options) {
  return CatchExceptions([&]() -> absl::StatusOr<std::vector<std::int64_t>> {
    // Each the sum over the slices of a document; no rows.
    std::vector<std::atomic<std::int64_t>> counts(documents.size());
    const auto count = [&](const BatchSlice& slice, int threads, Worker* worker, TaskResult*) {
      const absl::StatusOr<std::int64_t> tokens =
          worker->CountTokens(slice.text, OptionsOf(options, slice, threads));
      if (tokens.ok()) counts[slice.part] += *tokens;
      return tokens.status();
    };
    TokenBatch no_rows;
    absl::Status status =
        Run(PartsOf(documents), MayCut(options), /*may_share=*/false, count, &no_rows);
    if (!status.ok()) return status;
    return std::vector<std::int64_t>(counts.begin(), counts.end());
  });
}

absl::StatusOr<TokenBatch> EncodeBatch(const Tokenizer& tokenizer,
                                       absl::Span<const std::string_view> documents,
                                       const EncodeOptions& options, int threads) {
  TokenBatch batch;
  absl::Status status = CatchExceptions(
      [&] { return BatchEncoder(tokenizer, threads).Encode(documents, options, &batch); });
  if (!status.ok()) return status;
  return batch;
}

absl::StatusOr<TokenBatch> SampleBatch(const Tokenizer& tokenizer,
                                       absl::Span<const std::string_view> documents,
                                       const BatchSampleOptions& samples,
                                       const EncodeOptions& options, int threads) {
  TokenBatch batch;
  absl::Status status = CatchExceptions(
      [&] { return BatchEncoder(tokenizer, threads).Sample(documents, samples, options, &batch); });
  if (!status.ok()) return status;
  return batch;
}

}  // namespace bytepiece::inline v0
