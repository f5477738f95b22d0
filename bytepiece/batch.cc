// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/batch.h"

#include <omp.h>

#include <cstdint>
#include <new>
#include <utility>

namespace bytepiece {
namespace {

// Calls encode(i, worker, &ids of i) for every document, in parallel.
template <typename EncodeOne>
absl::StatusOr<std::vector<std::vector<TokenId>>> ForEachDocument(const Tokenizer& tokenizer,
                                                                  std::size_t size, int threads,
                                                                  EncodeOne encode) {
  const auto count = static_cast<std::int64_t>(size);
  std::vector<std::vector<TokenId>> ids(size);
  std::vector<absl::Status> statuses(size);
#pragma omp parallel num_threads(threads > 0 ? threads : omp_get_num_procs())
  {
    Worker worker = tokenizer.NewWorker();
#pragma omp for schedule(dynamic)
    for (std::int64_t i = 0; i < count; ++i) {
      try {  // no exception may leave a parallel region
        statuses[i] = encode(static_cast<std::size_t>(i), &worker, &ids[i]);
      } catch (const std::bad_alloc&) {
        statuses[i] = absl::ResourceExhaustedError("out of memory");
      }
    }
  }
  for (absl::Status& status : statuses) {
    if (!status.ok()) return std::move(status);
  }
  return ids;
}

}  // namespace

absl::StatusOr<std::vector<std::vector<TokenId>>> EncodeBatch(
    const Tokenizer& tokenizer, absl::Span<const std::string> documents,
    const EncodeOptions& options, int threads) {
  return ForEachDocument(tokenizer, documents.size(), threads,
                         [&](std::size_t i, Worker* worker, std::vector<TokenId>* ids) {
                           return worker->Encode(documents[i], options, ids);
                         });
}

absl::StatusOr<std::vector<std::vector<TokenId>>> SampleBatch(
    const Tokenizer& tokenizer, absl::Span<const std::string> documents,
    const SampleOptions& sampling, const EncodeOptions& options, int threads) {
  return ForEachDocument(tokenizer, documents.size(), threads,
                         [&](std::size_t i, Worker* worker, std::vector<TokenId>* ids) {
                           SampleOptions mine = sampling;
                           mine.document += i;
                           return worker->Sample(documents[i], mine, options, ids);
                         });
}

}  // namespace bytepiece
