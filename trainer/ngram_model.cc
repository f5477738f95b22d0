// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngram_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "trainer/merge_runs.h"

namespace bytepiece {
namespace {

// The n-grams of one range of keys. Scores hold counts until the whole is known.
struct Part {
  std::array<std::int64_t, 256> byte_counts = {};
  std::vector<NgramModel::Level> levels;
  std::vector<std::uint16_t> pair_labels;  // both bytes, parallel to levels[0]
};

// Turns the sorted stream of one range of keys into a Part. An n-gram is open
// while the keys begin with it; when it closes its count is complete.
template <typename Key>
class PartBuilder {
 public:
  PartBuilder(int order, std::int64_t min_count) : order_(order), min_count_(min_count) {
    part_.levels.resize(order - 1);
  }

  void Add(Key key, std::int64_t count) {
    CloseDownTo(NgramKey<Key>::CommonPrefix(key, current_));
    current_ = key;
    open_[NgramKey<Key>::Length(key)] += count;
  }

  Part Take() {
    CloseDownTo(0);
    return std::move(part_);
  }

 private:
  // Closes the open n-grams longer than `length`, longest first.
  void CloseDownTo(int length) {
    for (int j = NgramKey<Key>::Length(current_); j > length; --j) {
      const std::int64_t count = std::exchange(open_[j], 0);
      if (j == 1) {
        part_.byte_counts[NgramKey<Key>::Byte(current_, 0)] += count;
        return;
      }
      open_[j - 1] += count;
      if (count >= min_count_) Keep(j, count);
    }
  }

  void Keep(int j, std::int64_t count) {
    NgramModel::Level& level = part_.levels[j - 2];
    level.labels.push_back(NgramKey<Key>::Byte(current_, j - 1));
    level.scores.push_back(static_cast<double>(count));
    // All kept children closed just before; here their end, later their begin.
    if (j < order_) {
      level.children.push_back(static_cast<NgramModel::Index>(part_.levels[j - 1].labels.size()));
    }
    if (j == 2) {
      part_.pair_labels.push_back(static_cast<std::uint16_t>(NgramKey<Key>::Byte(current_, 0) << 8 |
                                                             NgramKey<Key>::Byte(current_, 1)));
    }
  }

  int order_;
  std::int64_t min_count_;
  Part part_;
  Key current_ = 0;                                      // the empty n-gram
  std::array<std::int64_t, sizeof(Key) + 1> open_ = {};  // by length
};

// Ascending keys that cut the key space into ranges of similar work. A cut is
// the first key of a byte pair, so that no n-gram but single bytes spans two.
template <typename Key>
std::vector<Key> ChooseCuts(const std::vector<SortedRun<Key>>& runs, int ranges) {
  const SortedRun<Key>* longest = nullptr;
  for (const SortedRun<Key>& run : runs) {
    if (longest == nullptr || run.size() > longest->size()) longest = &run;
  }
  std::vector<Key> cuts = {0};
  if (longest == nullptr) return cuts;
  const Key pair_bytes = ~Key{0} << (NgramKey<Key>::kBits - 16);
  for (int i = 1; i < ranges; ++i) {
    const Key cut = (*longest)[longest->size() * i / ranges].key & pair_bytes;
    if (cut > cuts.back()) cuts.push_back(cut);
  }
  return cuts;
}

template <typename Key>
std::vector<Part> BuildParts(const std::vector<SortedRun<Key>>& runs, int order,
                             std::int64_t min_count, int threads) {
  const std::vector<Key> cuts = ChooseCuts(runs, threads == 1 ? 1 : 16 * threads);
  const int num_parts = static_cast<int>(cuts.size());
  std::vector<Part> parts(cuts.size());
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (int i = 0; i < num_parts; ++i) {
    const bool last = i + 1 == num_parts;
    std::vector<RunSlice<Key>> slices;
    for (const SortedRun<Key>& run : runs) {
      slices.push_back(SliceOfRun<Key>(run, cuts[i], last ? 0 : cuts[i + 1], last));
    }
    PartBuilder<Key> builder(order, min_count);
    MergeRuns<Key>(std::move(slices),
                   [&](Key key, std::int64_t count) { builder.Add(key, count); });
    parts[i] = builder.Take();
  }
  return parts;
}

// Appends `part` to the levels, whose children entries are ends.
void AppendLevels(Part part, std::vector<NgramModel::Level>* levels) {
  for (std::size_t j = 0; j < levels->size(); ++j) {
    NgramModel::Level& to = (*levels)[j];
    NgramModel::Level& from = part.levels[j];
    to.labels.insert(to.labels.end(), from.labels.begin(), from.labels.end());
    to.scores.insert(to.scores.end(), from.scores.begin(), from.scores.end());
    if (j + 1 == levels->size()) continue;
    const auto offset = static_cast<NgramModel::Index>((*levels)[j + 1].labels.size());
    for (const NgramModel::Index end : from.children) to.children.push_back(offset + end);
  }
}

// Replaces the counts of `children` by scores given their parents' counts.
// Entry i of `ends` is where the children of parent i end.
void CountsToScores(const std::vector<double>& parent_counts,
                    const std::vector<NgramModel::Index>& ends, std::vector<double>* children,
                    int threads) {
  const auto parents = static_cast<std::int64_t>(parent_counts.size());
#pragma omp parallel for schedule(static) num_threads(threads)
  for (std::int64_t i = 0; i < parents; ++i) {
    const double log_parent = std::log(parent_counts[i]);
    for (NgramModel::Index c = i == 0 ? 0 : ends[i - 1]; c < ends[i]; ++c) {
      (*children)[c] = std::log((*children)[c]) - log_parent;
    }
  }
}

}  // namespace

template <typename Key>
absl::StatusOr<NgramModel> NgramModel::Build(const std::vector<SortedRun<Key>>& runs, int order,
                                             std::int64_t min_count, int threads) {
  NgramModel model;
  model.order_ = order;
  model.levels_.resize(order - 1);
  std::array<std::int64_t, 256> byte_counts = {};
  std::vector<std::uint16_t> pair_labels;
  for (Part& part : BuildParts(runs, order, min_count, threads)) {
    for (int byte = 0; byte < 256; ++byte) byte_counts[byte] += part.byte_counts[byte];
    pair_labels.insert(pair_labels.end(), part.pair_labels.begin(), part.pair_labels.end());
    for (int j = 0; j < order - 1; ++j) {
      if (model.levels_[j].labels.size() + part.levels[j].labels.size() >= kAbsent) {
        return absl::ResourceExhaustedError(
            "more than 2^32 n-grams of one length; raise --min-count or lower --order");
      }
    }
    AppendLevels(std::move(part), &model.levels_);
  }

  // Bottom up, so that a level's parents still hold counts.
  for (int j = order - 2; j > 0; --j) {
    CountsToScores(model.levels_[j - 1].scores, model.levels_[j - 1].children,
                   &model.levels_[j].scores, threads);
    model.levels_[j - 1].children.insert(model.levels_[j - 1].children.begin(), 0);
  }
  std::int64_t total = 0;
  for (std::int64_t& count : byte_counts) {
    count = std::max<std::int64_t>(count, 1);
    total += count;
  }
  model.pairs_.assign(1 << 16, kAbsent);
  for (std::size_t i = 0; i < pair_labels.size(); ++i) {
    double& score = model.levels_[0].scores[i];
    score = std::log(score) - std::log(static_cast<double>(byte_counts[pair_labels[i] >> 8]));
    model.pairs_[pair_labels[i]] = static_cast<Index>(i);
  }
  for (int byte = 0; byte < 256; ++byte) {
    model.byte_scores_[byte] =
        std::log(static_cast<double>(byte_counts[byte])) - std::log(static_cast<double>(total));
  }
  return model;
}

template absl::StatusOr<NgramModel> NgramModel::Build<std::uint64_t>(
    const std::vector<SortedRun<std::uint64_t>>&, int, std::int64_t, int);

std::int64_t NgramModel::num_ngrams() const {
  std::int64_t n = 256;
  for (const Level& level : levels_) n += static_cast<std::int64_t>(level.labels.size());
  return n;
}

}  // namespace bytepiece
