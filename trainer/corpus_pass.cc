// SPDX-License-Identifier: Apache-2.0
#include "trainer/corpus_pass.h"

#include <omp.h>

#include <algorithm>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "bytepiece/normalizer.h"
#include "bytepiece/splitter.h"

namespace bytepiece {
namespace {

constexpr std::size_t kSliceBytes = std::size_t{256} << 10;

void AppendSlices(std::string_view document, std::vector<std::string_view>* slices) {
  while (document.size() > kSliceBytes) {
    const std::size_t cut = NextSafeCut(document, kSliceBytes);
    slices->push_back(document.substr(0, cut));
    document.remove_prefix(cut);
  }
  if (!document.empty()) slices->push_back(document);
}

struct Batch {
  absl::Status status;
  std::vector<std::string> parts;
  std::int64_t weight = 1;
  std::int64_t documents = 0;  // so far
  std::int64_t consumed = 0;   // as the source says after reading it
};

// `skip`: how many parts are not wanted, of those the source delivers from now
// on. Skipped ones are read all the same, since only that finds their ends.
Batch ReadBatch(DocumentSource* source, std::int64_t max_bytes, std::int64_t* skip) {
  Batch batch;
  do {
    batch.status = source->Read(max_bytes, &batch.parts);
    const auto size = static_cast<std::int64_t>(batch.parts.size());
    if (!batch.status.ok() || size == 0 || size > *skip) break;
    *skip -= size;
  } while (true);
  batch.parts.erase(batch.parts.begin(),
                    batch.parts.begin() + std::min<std::int64_t>(*skip, batch.parts.size()));
  *skip = 0;
  batch.weight = source->weight();
  batch.documents = source->documents();
  batch.consumed = source->consumed();
  return batch;
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
  progress.skipped = position->parts > 0 ? batch.consumed : 0;
  while (batch.status.ok() && !batch.parts.empty()) {
    std::future<Batch> next = std::async(std::launch::async, ReadBatch, source, max_bytes, &skip);
    std::vector<std::string_view> slices;
    for (const std::string& part : batch.parts) AppendSlices(part, &slices);
    const auto num_slices = static_cast<std::int64_t>(slices.size());
#pragma omp parallel for schedule(dynamic) num_threads(options.threads)
    for (std::int64_t i = 0; i < num_slices; ++i) {
      const int worker = omp_get_thread_num();
      work->Slice(worker, Normalize(options.normalization, slices[i], &buffers[worker]),
                  batch.weight);
    }
    position->parts += static_cast<std::int64_t>(batch.parts.size());
    position->documents = batch.documents;
    progress.done = batch.consumed;
    batch.parts.clear();
    absl::Status status = work->Pause(*position, &progress);
    const bool go_on = sink == nullptr || sink->Update(progress);
    batch = next.get();
    if (!status.ok()) return status;
    if (!go_on) return absl::CancelledError("stopped on request");
  }
  return batch.status;
}

}  // namespace bytepiece
