// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngrams/ngram_counter.h"

#include <algorithm>
#include <utility>

#include "trainer/counts/radix_sort.h"

namespace bytepiece {

std::vector<CountRun> NgramCounter::TakeFinishedRuns() { return std::exchange(runs_, {}); }

std::vector<CountRun> NgramCounter::TakeRuns() {
  Flush();
  for (std::vector<std::uint64_t>* buffer : {&whole_, &cut_off_, &scratch_}) *buffer = {};
  return std::exchange(runs_, {});
}

void NgramCounter::Flush() {
  FlushBuffer(&whole_, buffer_keys_);
  FlushBuffer(&cut_off_, buffer_keys_ / 8);
}

void NgramCounter::FlushBuffer(std::vector<std::uint64_t>* buffer, std::size_t capacity) {
  if (buffer->empty()) return;
  // The buffer gets its last size at once: growing would hold the old one, too.
  if (scratch_.size() < buffer->size()) scratch_.resize(std::max(capacity, buffer->size()));
  RadixSort(buffer->data(), scratch_.data(), buffer->size());
  CountRun run;
  NgramRunWriter writer(order_, [&run](const CountBlock& block, std::string_view bytes) {
    run.Append(block, bytes);
    return absl::OkStatus();
  });
  for (std::size_t i = 0; i < buffer->size();) {
    const std::uint64_t key = (*buffer)[i];
    const std::size_t begin = i;
    while (i < buffer->size() && (*buffer)[i] == key) ++i;
    // Memory does not fail.
    writer.Add(key, static_cast<std::int64_t>(i - begin) * weight_).IgnoreError();
  }
  writer.Finish().IgnoreError();
  runs_.push_back(std::move(run));
  buffer->clear();
}

}  // namespace bytepiece
