// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngrams/ngram_parts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/for_each_on_threads.h"
#include "trainer/counts/ngram_run.h"
#include "trainer/ngrams/ngram_prefix_sums.h"
#include "trainer/setup/memory_budget.h"

namespace bytepiece {
namespace {

constexpr std::int64_t kBytesPerShortNgram = 1 + 2 * sizeof(std::uint32_t);
constexpr std::int64_t kBytesPerLongestNgram = 1 + sizeof(std::uint32_t);

// Memory of all parts, while they grow: a vector may be twice what it holds.
struct Meter {
  std::int64_t max_bytes;
  std::atomic<std::int64_t> bytes{0};  // needed, stored or not
  bool exceeded() const { return bytes.load(std::memory_order_relaxed) > max_bytes; }
};

// Turns the sorted stream of one range of keys into a part.
class PartBuilder {
 public:
  PartBuilder(const NgramModelOptions& options, Meter* meter)
      : order_(options.order), min_count_(options.min_count), meter_(meter) {
    part_.levels.resize(order_ - 1);
  }

  void Add(std::uint64_t key, std::int64_t count) { sums_.Add(key, count, this); }

  NgramPart Take() {
    sums_.Finish(this);
    Charge();
    for (NgramPart::Level& level : part_.levels) {
      level.labels.shrink_to_fit();
      level.counts.shrink_to_fit();
      level.child_ends.shrink_to_fit();
    }
    return std::move(part_);
  }

  // Takes an n-gram as NgramPrefixSums tells it.
  void Close(std::uint64_t ngram, int length, std::int64_t count) {
    if (length == 1) {
      part_.byte_counts[NgramKey64::Byte(ngram, 0)] += count;
    } else if (count >= min_count_) {
      Keep(ngram, length, count);
    }
  }

 private:
  void Keep(std::uint64_t ngram, int j, std::int64_t count) {
    uncharged_ += j < order_ ? kBytesPerShortNgram : kBytesPerLongestNgram;
    if (uncharged_ > 1 << 16) Charge();
    if (full_) return;
    NgramPart::Level& level = part_.levels[j - 2];
    level.labels.push_back(NgramKey64::Byte(ngram, j - 1));
    level.counts.push_back(Store(count));
    if (j < order_) {
      // All kept children closed just before.
      const auto end = static_cast<std::uint32_t>(part_.levels[j - 1].labels.size());
      const std::uint32_t size = end - (level.child_ends.empty() ? 0 : level.child_ends.back());
      // Their labels take this as a family of the model.
      if (size > 0) uncharged_ += 4 * NgramModel::Family::HeaderWords(size) - size;
      level.child_ends.push_back(end);
    }
    if (j == 2) {
      part_.pair_labels.push_back(
          static_cast<std::uint16_t>(NgramKey64::Byte(ngram, 0) << 8 | NgramKey64::Byte(ngram, 1)));
    }
  }

  std::uint32_t Store(std::int64_t count) {
    if (count < kLargeCount) return static_cast<std::uint32_t>(count);
    part_.large_counts.push_back(count);
    return kLargeCount + static_cast<std::uint32_t>(part_.large_counts.size()) - 1;
  }

  void Charge() {
    meter_->bytes.fetch_add(std::exchange(uncharged_, 0), std::memory_order_relaxed);
    full_ = meter_->exceeded();
  }

  int order_;
  std::int64_t min_count_;
  Meter* meter_;
  std::int64_t uncharged_ = 0;
  bool full_ = false;
  NgramPart part_;
  NgramPrefixSums sums_;
};

}  // namespace

absl::Status BuildNgramParts(const RunPointers& runs, const NgramModelOptions& options,
                             std::vector<NgramPart>* parts) {
  const std::vector<std::uint64_t> cuts = CutBetweenPairs(runs, 32 * options.threads);
  const int num_parts = static_cast<int>(cuts.size());
  // Room for growing vectors and for the part that is being appended.
  Meter meter{.max_bytes = options.max_bytes / 5 * 4};
  parts->resize(cuts.size());
  std::vector<absl::Status> statuses(cuts.size());
  std::atomic<std::int64_t> done{0};
  ForEachOnThreads(cuts.size(), options.threads, [&](std::size_t i, int thread) {
    PartBuilder builder(options, &meter);
    statuses[i] =
        MergeNgrams(runs, options.order, cuts[i], i + 1 == cuts.size() ? kNoNgram : cuts[i + 1],
                    [&](std::uint64_t key, std::int64_t count) { builder.Add(key, count); });
    (*parts)[i] = builder.Take();
    ++done;
    if (options.progress && thread == 0) options.progress(done, num_parts);
  });
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  if (options.progress) options.progress(num_parts, num_parts);
  if (meter.exceeded()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the n-gram model takes ", FormatMemorySize(meter.bytes / 4 * 5),
                     " of memory, but --memory-limit leaves ", FormatMemorySize(options.max_bytes),
                     " for it; raise --memory-limit, or raise --min-count above ",
                     options.min_count / options.unit, " or lower --order"));
  }
  return absl::OkStatus();
}

}  // namespace bytepiece
