// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngram_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "trainer/ngram_parts.h"

namespace bytepiece {
namespace {

// Distinct counts in ascending order, and the way back.
class CountRanks {
 public:
  explicit CountRanks(const std::vector<NgramPart>& parts) {
    std::vector<bool> seen(kSmall);
    for (const NgramPart& part : parts) {
      const auto note = [&](std::uint32_t stored) {
        if (stored < kSmall) {
          seen[stored] = true;
        } else {
          counts_.push_back(part.Count(stored));
        }
      };
      for (const NgramModel::Level& level : part.levels) {
        for (const NgramModel::Node& node : level.nodes) note(node.count_rank);
        for (const std::uint32_t stored : level.count_ranks) note(stored);
      }
    }
    for (std::uint32_t count = 0; count < kSmall; ++count) {
      if (seen[count]) counts_.push_back(count);
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

void ToRanks(const CountRanks& ranks, NgramPart* part) {
  for (NgramModel::Level& level : part->levels) {
    for (NgramModel::Node& node : level.nodes) {
      node.count_rank = ranks.Rank(part->Count(node.count_rank));
    }
    for (std::uint32_t& stored : level.count_ranks) stored = ranks.Rank(part->Count(stored));
  }
}

// Concatenates one level of all parts, freeing each as it is appended.
void AppendLevel(std::size_t index, std::vector<NgramPart>* parts, NgramModel::Level* to) {
  std::size_t entries = 0;
  for (const NgramPart& part : *parts) entries += part.levels[index].labels.size();
  // One array at a time: what is reserved is not resident before it is written,
  // and what was copied is freed.
  to->labels.reserve(entries + NgramModel::kLabelPadding);
  for (NgramPart& part : *parts) {
    std::vector<std::uint8_t> labels = std::move(part.levels[index].labels);
    to->labels.insert(to->labels.end(), labels.begin(), labels.end());
  }
  if (index + 1 == parts->front().levels.size()) {
    to->count_ranks.reserve(entries);
    for (NgramPart& part : *parts) {
      const std::vector<std::uint32_t> ranks = std::move(part.levels[index].count_ranks);
      to->count_ranks.insert(to->count_ranks.end(), ranks.begin(), ranks.end());
    }
    return;
  }
  to->nodes.reserve(entries + 1);
  NgramModel::Index before = 0;  // entries of the next level in the parts before
  NgramModel::Index begin = 0;   // of a node's children: where the node before's end
  for (NgramPart& part : *parts) {
    const std::vector<NgramModel::Node> nodes = std::move(part.levels[index].nodes);
    for (const NgramModel::Node& node : nodes) {
      to->nodes.push_back({node.count_rank, std::exchange(begin, before + node.children)});
    }
    before += static_cast<NgramModel::Index>(part.levels[index + 1].labels.size());
  }
  to->nodes.push_back({0, begin});
}

}  // namespace

class NgramModelBuilder {
 public:
  explicit NgramModelBuilder(const NgramModelOptions& options) : options_(options) {
    model_.order_ = options.order;
    model_.levels_.resize(options.order - 1);
  }

  absl::StatusOr<NgramModel> Build(std::vector<NgramPart> parts) {
    if (absl::Status status = CheckSize(parts); !status.ok()) return status;
    SetBytes(parts);
    SetPairs(parts);
    const CountRanks ranks(parts);
    model_.log_counts_ = ranks.Logarithms();
    const auto num_parts = static_cast<int>(parts.size());
#pragma omp parallel for schedule(dynamic) num_threads(options_.threads)
    for (int i = 0; i < num_parts; ++i) ToRanks(ranks, &parts[i]);
    // Top down: a level's children are counted by the labels of the next one.
    for (std::size_t j = 0; j < model_.levels_.size(); ++j) {
      AppendLevel(j, &parts, &model_.levels_[j]);
      model_.num_ngrams_ += static_cast<std::int64_t>(model_.levels_[j].labels.size());
    }
    for (NgramModel::Level& level : model_.levels_) {
      level.labels.resize(level.labels.size() + NgramModel::kLabelPadding);
    }
    return std::move(model_);
  }

 private:
  absl::Status CheckSize(const std::vector<NgramPart>& parts) const {
    for (std::size_t j = 0; j < model_.levels_.size(); ++j) {
      std::size_t entries = 0;
      for (const NgramPart& part : parts) entries += part.levels[j].labels.size();
      if (entries >= NgramModel::kAbsent) {
        return absl::ResourceExhaustedError(
            "more than 2^32 n-grams of one length; raise --min-count or lower --order");
      }
    }
    return absl::OkStatus();
  }

  void SetBytes(const std::vector<NgramPart>& parts) {
    std::array<std::int64_t, 256> counts = {};
    std::int64_t total = 0;
    for (int byte = 0; byte < 256; ++byte) {
      for (const NgramPart& part : parts) counts[byte] += part.byte_counts[byte];
      if (counts[byte] == 0) counts[byte] = options_.unit;
      total += counts[byte];
    }
    for (int byte = 0; byte < 256; ++byte) {
      model_.log_byte_counts_[byte] = std::log(static_cast<double>(counts[byte]));
      model_.byte_scores_[byte] =
          model_.log_byte_counts_[byte] - std::log(static_cast<double>(total));
    }
  }

  void SetPairs(const std::vector<NgramPart>& parts) {
    model_.pairs_.assign(1 << 16, NgramModel::kAbsent);
    NgramModel::Index next = 0;
    for (const NgramPart& part : parts) {
      for (const std::uint16_t pair : part.pair_labels) model_.pairs_[pair] = next++;
    }
  }

  const NgramModelOptions& options_;
  NgramModel model_;
};

absl::StatusOr<NgramModel> NgramModel::Build(const RunPointers& runs,
                                             const NgramModelOptions& options) {
  std::vector<NgramPart> parts;
  if (absl::Status status = BuildNgramParts(runs, options, &parts); !status.ok()) return status;
  return NgramModelBuilder(options).Build(std::move(parts));
}

std::int64_t NgramModel::memory_bytes() const {
  std::size_t bytes = log_counts_.size() * sizeof(double) + pairs_.size() * sizeof(Index);
  for (const Level& level : levels_) {
    bytes += level.labels.size() + level.nodes.size() * sizeof(Node) +
             level.count_ranks.size() * sizeof(std::uint32_t);
  }
  return static_cast<std::int64_t>(bytes);
}

}  // namespace bytepiece
