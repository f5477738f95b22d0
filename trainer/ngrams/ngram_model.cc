// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngrams/ngram_model.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/checked_math.h"
#include "bytepiece/base/for_each_on_threads.h"
#include "trainer/ngrams/ngram_parts.h"

namespace bytepiece {
namespace {

// Distinct counts in ascending order, and the way back.
class CountRanks {
 public:
  CountRanks(const std::vector<NgramPart>& parts, int threads) {
    std::vector<std::uint8_t> seen(kSmall);
    std::mutex mutex;
    ForEachOnThreads(parts.size(), threads, [&](std::size_t i, int) {
      std::vector<std::int64_t> large;
      for (const NgramPart::Level& level : parts[i].levels) {
        for (const std::uint32_t stored : level.counts) {
          if (stored < kSmall) {
            std::atomic_ref(seen[stored]).store(1, std::memory_order_relaxed);
          } else {
            large.push_back(parts[i].Count(stored));
          }
        }
      }
      const std::lock_guard lock(mutex);
      counts_.insert(counts_.end(), large.begin(), large.end());
    });
    for (std::uint32_t count = 0; count < kSmall; ++count) {
      if (seen[count] != 0) counts_.push_back(count);
    }
    std::sort(counts_.begin(), counts_.end());
    counts_.erase(std::unique(counts_.begin(), counts_.end()), counts_.end());
    small_ranks_.resize(kSmall);
    for (std::size_t rank = 0; rank < counts_.size() && counts_[rank] < kSmall; ++rank) {
      small_ranks_[counts_[rank]] = static_cast<std::uint32_t>(rank);
    }
  }

  std::uint32_t Rank(std::int64_t count) const {
    if (count < kSmall) return small_ranks_[count];
    return static_cast<std::uint32_t>(std::lower_bound(counts_.begin(), counts_.end(), count) -
                                      counts_.begin());
  }

  std::vector<double> Logarithms() const {
    std::vector<double> logarithms;
    for (const std::int64_t count : counts_) {
      logarithms.push_back(std::log(static_cast<double>(count)));
    }
    return logarithms;
  }

 private:
  // Nearly all counts; larger ones are few enough to be searched for.
  static constexpr std::uint32_t kSmall = 1 << 20;

  std::vector<std::int64_t> counts_;
  std::vector<std::uint32_t> small_ranks_;
};

// Families lie together by how often their parents were seen, the most frequent first:
// these are what is looked up, and as neighbours they fill few cache lines.
constexpr int kClasses = 16;
int ClassOf(std::uint32_t stored_count) {
  return std::max(kClasses - static_cast<int>(std::bit_width(stored_count)), 0);
}

// For each class, in one part, how many words, or where the next family goes.
using WordsByClass = std::array<std::uint64_t, kClasses>;

// The families of a part, in the order of their parents.
class FamilyPlaces {
 public:
  FamilyPlaces(const NgramPart::Level& parents, const WordsByClass& begins, std::size_t entry_words)
      : parents_(parents), places_(begins), entry_words_(entry_words) {}

  struct Place {
    std::uint32_t begin;  // kNoFamily if there are no children
    std::uint32_t size;   // number of children
  };

  // The place of the next parent's family.
  Place Next() {
    if (parents_.child_ends.empty()) return {NgramModel::kNoFamily, 0};  // order 2
    const std::uint32_t size = parents_.child_ends[next_] - end_;
    end_ = parents_.child_ends[next_];
    std::uint64_t& place = places_[ClassOf(parents_.counts[next_++])];
    if (size == 0) return {NgramModel::kNoFamily, 0};
    const auto begin = static_cast<std::uint32_t>(place);
    place += NgramModel::Family::HeaderWords(size) + size * entry_words_;
    return {begin, size};
  }

  const WordsByClass& places() const { return places_; }

 private:
  const NgramPart::Level& parents_;
  WordsByClass places_;
  std::size_t entry_words_;
  std::size_t next_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace

class NgramModelBuilder {
 public:
  NgramModelBuilder(const NgramModelOptions& options, std::vector<NgramPart> parts)
      : options_(options), parts_(std::move(parts)), ranks_(parts_, options.threads) {
    model_.order_ = options.order;
    model_.levels_.resize(options.order - 2);
    model_.log_counts_ = ranks_.Logarithms();
  }

  absl::StatusOr<NgramModel> Build() {
    if (absl::Status status = SetBytes(); !status.ok()) return status;
    for (const NgramPart& part : parts_) {
      for (const NgramPart::Level& level : part.levels) {
        model_.num_ngrams_ += static_cast<std::int64_t>(level.labels.size());
      }
    }
    Places places;
    if (absl::Status status = Place(3, &places); !status.ok()) return status;
    SetPairs(places);
    for (int j = 3; j <= options_.order; ++j) {
      Places next;
      if (absl::Status status = Place(j + 1, &next); !status.ok()) return status;
      SetFamilies(j, places, next);
      places = std::move(next);
    }
    return std::move(model_);
  }

 private:
  // Where each part's families of one level begin.
  struct Places {
    std::vector<WordsByClass> begins;
    std::uint64_t end = 0;
  };

  // Places the families of the j-grams; none beyond the order. Word 0 is no family's.
  absl::Status Place(int j, Places* places) const {
    places->begins.assign(parts_.size(), {});
    if (j > options_.order) return absl::OkStatus();
    ForEachOnThreads(parts_.size(), options_.threads, [&](std::size_t i, int) {
      const NgramPart::Level& parents = parts_[i].levels[j - 3];
      FamilyPlaces families(parents, {}, model_.EntryWords(j));
      for (std::size_t k = 0; k < parents.child_ends.size(); ++k) families.Next();
      places->begins[i] = families.places();
    });
    places->end = 1;
    for (int c = 0; c < kClasses; ++c) {
      for (WordsByClass& words : places->begins) {
        places->end += std::exchange(words[c], places->end);
      }
    }
    if (places->end <= std::numeric_limits<std::uint32_t>::max()) return absl::OkStatus();
    return absl::ResourceExhaustedError(absl::StrCat(
        "too many n-grams of ", j, " bytes to be looked up; raise --min-count or lower --order"));
  }

  absl::Status SetBytes() {
    std::array<std::int64_t, 256> counts = {};
    std::int64_t total = 0;
    bool fits = true;
    for (int byte = 0; byte < 256; ++byte) {
      for (const NgramPart& part : parts_) {
        fits = AddTo(part.byte_counts[byte], &counts[byte]) && fits;
      }
      if (counts[byte] == 0) counts[byte] = options_.unit;
      fits = AddTo(counts[byte], &total) && fits;
    }
    if (!fits) return TooManyCounted();
    for (int byte = 0; byte < 256; ++byte) {
      model_.log_byte_counts_[byte] = std::log(static_cast<double>(counts[byte]));
      model_.byte_scores_[byte] =
          model_.log_byte_counts_[byte] - std::log(static_cast<double>(total));
    }
    return absl::OkStatus();
  }

  static absl::Status TooManyCounted() {
    return absl::InvalidArgumentError(
        "the n-gram counts come to 2^63 or more together, which is more than counts can hold; "
        "count with smaller weights");
  }

  void SetPairs(const Places& places) {
    model_.pairs_.assign(1 << 16, {NgramModel::kAbsent, NgramModel::kNoFamily});
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      const NgramPart& part = parts_[p];
      FamilyPlaces families(part.levels[0], places.begins[p], model_.EntryWords(3));
      for (std::size_t i = 0; i < part.pair_labels.size(); ++i) {
        model_.pairs_[part.pair_labels[i]] = {ranks_.Rank(part.Count(part.levels[0].counts[i])),
                                              families.Next().begin};
      }
    }
  }

  // Writes the families of the j-grams, and frees what they were made of part by part:
  // what was not written yet is not resident.
  void SetFamilies(int j, const Places& places, const Places& next) {
    const std::size_t bytes = places.end * sizeof(std::uint32_t) + NgramModel::kLabelPadding;
    auto* const words = static_cast<std::uint32_t*>(AllocateLarge(bytes));
    model_.levels_[j - 3].words = {words, NgramModel::Free{bytes}};
    words[0] = 0;
    std::memset(words + places.end, 0, NgramModel::kLabelPadding);
    ForEachOnThreads(parts_.size(), options_.threads, [&](std::size_t i, int) {
      WriteFamilies(j, places.begins[i], next.begins[i], &parts_[i], words);
      parts_[i].levels[j - 3] = {};
      parts_[i].levels[j - 2].labels = {};
    });
  }

  void WriteFamilies(int j, const WordsByClass& begins, const WordsByClass& next_begins,
                     NgramPart* part, std::uint32_t* words) const {
    const std::size_t entry_words = model_.EntryWords(j);
    const NgramPart::Level& parents = part->levels[j - 3];
    const NgramPart::Level& level = part->levels[j - 2];
    FamilyPlaces families(parents, begins, entry_words);
    FamilyPlaces children(level, next_begins, model_.EntryWords(j + 1));
    std::size_t next = 0;
    for (std::size_t i = 0; i < parents.child_ends.size(); ++i) {
      const auto [begin, size] = families.Next();
      if (size == 0) continue;
      std::uint32_t* to = words + begin + NgramModel::Family::HeaderWords(size);
      to[-1] = 0;  // where the labels may be padded
      auto* const bytes = reinterpret_cast<std::uint8_t*>(words + begin);
      bytes[0] = static_cast<std::uint8_t>(size - 1);
      std::copy_n(level.labels.begin() + static_cast<std::ptrdiff_t>(next), size, bytes + 1);
      for (const std::size_t end = next + size; next < end; ++next) {
        *to++ = ranks_.Rank(part->Count(level.counts[next]));
        if (entry_words == 2) *to++ = children.Next().begin;
      }
    }
  }

  const NgramModelOptions& options_;
  std::vector<NgramPart> parts_;
  CountRanks ranks_;
  NgramModel model_;
};

absl::StatusOr<NgramModel> NgramModel::Build(const RunPointers& runs,
                                             const NgramModelOptions& options) {
  std::vector<NgramPart> parts;
  if (absl::Status status = BuildNgramParts(runs, options, &parts); !status.ok()) return status;
  return NgramModelBuilder(options, std::move(parts)).Build();
}

std::int64_t NgramModel::memory_bytes() const {
  std::size_t bytes = log_counts_.size() * sizeof(double) + pairs_.size() * sizeof(Node);
  for (const Level& level : levels_) bytes += level.bytes();
  return static_cast<std::int64_t>(bytes);
}

}  // namespace bytepiece
