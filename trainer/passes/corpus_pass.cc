// SPDX-License-Identifier: Apache-2.0
#include "trainer/passes/corpus_pass.h"

#include <omp.h>

#include <algorithm>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/text/normalizer.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

constexpr std::size_t kSliceBytes = std::size_t{256} << 10;

struct Batch {
  absl::Status status;
  std::vector<std::string> parts;
  std::int64_t weight = 1;
  std::int64_t documents = 0;  // so far
  std::int64_t consumed = 0;   // as the source says after reading it
  std::int64_t skipped = 0;    // bytes of text before it that were not wanted
};

// `skip`: how many parts are not wanted, of those the source delivers from now
// on. Skipped ones are read all the same, since only that finds their ends.
Batch ReadBatch(DocumentSource* source, std::int64_t max_bytes, std::int64_t* skip) {
  Batch batch;
  std::int64_t size = 0;
  do {
    batch.status = source->Read(max_bytes, &batch.parts);
    size = static_cast<std::int64_t>(batch.parts.size());
    const auto wanted = batch.parts.begin() + std::min(*skip, size);
    for (auto part = batch.parts.begin(); part != wanted; ++part) {
      batch.skipped += static_cast<std::int64_t>(part->size());
    }
    batch.parts.erase(batch.parts.begin(), wanted);
    *skip -= std::min(*skip, size);
  } while (batch.status.ok() && size > 0 && batch.parts.empty());
  batch.weight = source->weight();
  batch.documents = source->documents();
  batch.consumed = source->consumed();
  return batch;
}

// Finds the places of CorpusPassOptions::mark_every.
class Marks {
 public:
  // After `bytes` of text.
  Marks(std::int64_t every, std::int64_t bytes) : every_(every), bytes_(bytes) {}

  // Where the first mark after parts[begin] lies, as the end of what is before it, or
  // else parts.size().
  std::size_t Next(const std::vector<std::string>& parts, std::size_t begin, bool* mark) {
    *mark = false;
    std::size_t end = begin;
    while (end < parts.size() && !*mark) {
      const std::int64_t before = bytes_;
      bytes_ += static_cast<std::int64_t>(parts[end++].size());
      *mark = every_ > 0 && bytes_ / every_ > before / every_;
    }
    return end;
  }

 private:
  std::int64_t every_;
  std::int64_t bytes_;
};

void DoSlices(const CorpusPassOptions& options, absl::Span<const std::string> parts,
              std::int64_t weight, CorpusWork* work, std::vector<std::string>* buffers) {
  std::vector<std::string_view> slices;
  for (const std::string& part : parts) AppendSafeSlices(part, kSliceBytes, &slices);
  const auto num_slices = static_cast<std::int64_t>(slices.size());
#pragma omp parallel for schedule(dynamic) num_threads(options.threads)
  for (std::int64_t i = 0; i < num_slices; ++i) {
    const int worker = omp_get_thread_num();
    work->Slice(worker, Normalize(options.normalization, slices[i], &(*buffers)[worker]), weight);
  }
}

// All of the batch, marks included.
absl::Status DoBatch(const CorpusPassOptions& options, const Batch& batch, Marks* marks,
                     CorpusWork* work, std::vector<std::string>* buffers) {
  const absl::Span<const std::string> parts = batch.parts;
  std::size_t begin = 0;
  while (begin < parts.size()) {
    bool mark = false;
    const std::size_t end = marks->Next(batch.parts, begin, &mark);
    DoSlices(options, parts.subspan(begin, end - begin), batch.weight, work, buffers);
    if (mark) {
      if (absl::Status status = work->Mark(); !status.ok()) return status;
    }
    begin = end;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunCorpusPass(DocumentSource* source, const CorpusPassOptions& options,
                           ProgressSink* sink, CorpusWork* work, CorpusPosition* position) {
  if (absl::Status status = source->Rewind(); !status.ok()) return status;
  const std::int64_t max_bytes = options.batch_bytes * options.threads;
  std::vector<std::string> buffers(options.threads);
  Progress progress = options.progress;
  progress.unit = "bytes";
  progress.total = source->total();
  std::int64_t skip = position->parts;

  Batch batch = ReadBatch(source, max_bytes, &skip);
  Marks marks(options.mark_every, batch.skipped);
  progress.skipped = position->parts > 0 ? batch.consumed : 0;
  while (batch.status.ok() && !batch.parts.empty()) {
    std::future<Batch> next = std::async(std::launch::async, ReadBatch, source, max_bytes, &skip);
    absl::Status status = DoBatch(options, batch, &marks, work, &buffers);
    position->parts += static_cast<std::int64_t>(batch.parts.size());
    position->documents = batch.documents;
    progress.done = batch.consumed;
    batch.parts.clear();
    if (status.ok()) status = work->Pause(*position, &progress);
    const bool go_on = sink == nullptr || sink->Update(progress);
    batch = next.get();
    if (!status.ok()) return status;
    if (!go_on) return absl::CancelledError("stopped on request");
  }
  return batch.status;
}

}  // namespace bytepiece
