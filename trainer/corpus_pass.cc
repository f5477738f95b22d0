// SPDX-License-Identifier: Apache-2.0
#include "trainer/corpus_pass.h"

#include <omp.h>

#include <future>
#include <string>
#include <utility>
#include <vector>

#include "bytepiece/normalizer.h"
#include "bytepiece/splitter.h"

namespace bytepiece {
namespace {

// Large enough that a batch keeps every thread busy for a good part of a second,
// small beside the n-gram buffers.
constexpr std::int64_t kBatchBytesPerThread = std::int64_t{4} << 20;
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
  std::vector<std::string> documents;
  std::int64_t consumed = 0;  // as the source says after reading it
};

Batch ReadBatch(DocumentSource* source, std::int64_t max_bytes) {
  Batch batch;
  batch.status = source->Read(max_bytes, &batch.documents);
  batch.consumed = source->consumed();
  return batch;
}

}  // namespace

absl::Status ForEachSlice(DocumentSource* source, const CorpusPassOptions& options,
                          ProgressSink* sink,
                          const std::function<void(int worker, std::string_view text)>& work,
                          std::int64_t* documents) {
  if (absl::Status status = source->Rewind(); !status.ok()) return status;
  const std::int64_t max_bytes = kBatchBytesPerThread * options.threads;
  std::vector<std::string> buffers(options.threads);
  Progress progress = options.progress;
  progress.unit = "bytes";
  progress.total = source->total();

  Batch batch = ReadBatch(source, max_bytes);
  while (batch.status.ok() && !batch.documents.empty()) {
    std::future<Batch> next = std::async(std::launch::async, ReadBatch, source, max_bytes);
    std::vector<std::string_view> slices;
    for (const std::string& document : batch.documents) AppendSlices(document, &slices);
    const auto num_slices = static_cast<std::int64_t>(slices.size());
#pragma omp parallel for schedule(dynamic) num_threads(options.threads)
    for (std::int64_t i = 0; i < num_slices; ++i) {
      const int worker = omp_get_thread_num();
      work(worker, Normalize(options.normalization, slices[i], &buffers[worker]));
    }
    if (documents != nullptr) *documents += static_cast<std::int64_t>(batch.documents.size());
    progress.done = batch.consumed;
    const bool go_on = sink == nullptr || sink->Update(progress);
    batch = next.get();
    if (!go_on) return absl::CancelledError("stopped on request");
  }
  return batch.status;
}

}  // namespace bytepiece
