// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/pair_counter.h"

#include <utility>

#include "trainer/counts/ngram_run.h"
#include "trainer/counts/radix_sort.h"

namespace bytepiece {

std::vector<CountRun> PairCounter::TakeFinishedRuns() { return std::exchange(runs_, {}); }

std::vector<CountRun> PairCounter::TakeRuns() {
  Flush();
  keys_ = {};
  scratch_ = {};
  return std::exchange(runs_, {});
}

void PairCounter::Flush() {
  if (keys_.empty()) return;
  // The buffer gets its last size at once: growing would hold the old one, too.
  if (scratch_.empty()) scratch_.resize(buffer_keys_);
  RadixSort(keys_.data(), scratch_.data(), keys_.size());
  CountRun run;
  NgramRunWriter writer(kOrder, [&run](const CountBlock& block, std::string_view bytes) {
    run.Append(block, bytes);
    return absl::OkStatus();
  });
  for (std::size_t i = 0; i < keys_.size();) {
    const std::size_t begin = i;
    while (i < keys_.size() && keys_[i] == keys_[begin]) ++i;
    // Memory does not fail.
    writer.Add(keys_[begin], static_cast<std::int64_t>(i - begin) * weight_).IgnoreError();
  }
  writer.Finish().IgnoreError();
  runs_.push_back(std::move(run));
  keys_.clear();
}

}  // namespace bytepiece
