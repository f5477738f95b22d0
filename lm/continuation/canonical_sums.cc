// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/canonical_sums.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/types/span.h"

namespace bytepiece::lm {

CanonicalSums::CanonicalSums(const CanonicalOptions& options, const PrefixIndex* index,
                             TokenModel* model)
    : options_(options), index_(index), model_(model), paths_(&index->vocabulary()) {}

TokenContext CanonicalSums::settled() const {
  TokenContext context = {kBosId};
  context.insert(context.end(), covers_.settled.begin(), covers_.settled.end());
  return context;
}

CanonicalSums::Suffix CanonicalSums::SuffixOf(const CoverGroup& group) const {
  // What is settled only grows with the text, so that root_ stays a beginning of it.
  Suffix suffix(covers_.settled.begin() + static_cast<std::ptrdiff_t>(root_.size() - 1),
                covers_.settled.end());
  suffix.insert(suffix.end(), group.tokens.begin(), group.tokens.end());
  return suffix;
}

const CanonicalSums::Node* CanonicalSums::Find(const CoverGroup& group) const {
  const auto found = nodes_.find(SuffixOf(group));
  return found == nodes_.end() || found->second.row.empty() ? nullptr : &found->second;
}

double CanonicalSums::LargestNode() const {
  double largest = kLogZero;
  for (const CoverGroup& group : covers_.groups) {
    const Node* const node = Find(group);
    if (node != nullptr) largest = std::max(largest, node->log_probability);
  }
  return largest;
}

template <typename Visit>
void CanonicalSums::ForEachCover(Visit visit) const {
  const double largest = LargestNode();
  for (const CoverGroup& group : covers_.groups) {
    const Node* const node = Find(group);
    if (node == nullptr) continue;
    const double weight = std::exp(node->log_probability - largest);
    for (const TokenId id : group.last) {
      visit(group, id, weight * node->row[static_cast<std::size_t>(id)]);
    }
    // Only the text's own tokens end with the text.
    if (group.begin == paths_.size()) visit(group, kEosId, weight * node->row[kEosId]);
  }
}

absl::StatusOr<ByteDistribution> CanonicalSums::Next() {
  covers_ = FindTokenCovers(*index_, /*unfinished_only=*/false, &paths_);
  if (root_.empty()) root_ = settled();
  if (absl::Status status = Evaluate(); !status.ok()) return status;
  ByteDistribution next = {};
  ForEachCover([&](const CoverGroup& group, TokenId last, double weight) {
    const bool ends = last == kEosId;
    const std::size_t old = paths_.size() - group.begin;
    next[ends ? kEndOfText
              : static_cast<unsigned char>(index_->vocabulary().PieceBytes(last)[old])] += weight;
  });
  const double sum = Normalize(&next);
  if (!(sum > 0)) return ImpossibleText();
  missed_ = std::exp(log_left_out_ - LogAdd(log_left_out_, LargestNode() + std::log(sum)));
  return next;
}

std::vector<Cover> CanonicalSums::Covers() const {
  std::vector<Cover> covers;
  ForEachCover([&](const CoverGroup& group, TokenId last, double weight) {
    covers.push_back({group.tokens, weight});
    covers.back().tokens.push_back(last);
  });
  return covers;
}

absl::Status CanonicalSums::Evaluate() {
  std::vector<std::set<Suffix>> levels;  // by number of tokens
  for (const CoverGroup& group : covers_.groups) {
    const Suffix suffix = SuffixOf(group);
    if (levels.size() <= suffix.size()) levels.resize(suffix.size() + 1);
    for (std::size_t length = 0; length <= suffix.size(); ++length) {
      Suffix head(suffix.begin(), suffix.begin() + static_cast<std::ptrdiff_t>(length));
      if (!nodes_.contains(head)) levels[length].insert(std::move(head));
    }
  }
  for (const std::set<Suffix>& level : levels) {
    if (absl::Status status = EvaluateLevel({level.begin(), level.end()}); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status CanonicalSums::EvaluateLevel(std::vector<Suffix> level) {
  std::vector<std::pair<double, Suffix>> kept;
  for (Suffix& suffix : level) {
    double log_probability = 0;
    if (!suffix.empty()) {
      const auto parent = nodes_.find(Suffix(suffix.begin(), suffix.end() - 1));
      // Below a node that was left out; that one is counted already.
      if (parent == nodes_.end() || parent->second.row.empty()) continue;
      log_probability = parent->second.log_probability +
                        std::log(parent->second.row[static_cast<std::size_t>(suffix.back())]);
    }
    kept.emplace_back(log_probability, std::move(suffix));
  }
  if (kept.empty()) return absl::OkStatus();
  std::stable_sort(kept.begin(), kept.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  while (kept.size() > 1 && kept.back().second.size() > options_.depth) {
    log_left_out_ = LogAdd(log_left_out_, kept.back().first);
    nodes_[kept.back().second] = {kept.back().first, {}};
    kept.pop_back();
  }
  std::vector<TokenContext> contexts;
  for (const auto& [probability, suffix] : kept) {
    contexts.push_back(root_);
    contexts.back().insert(contexts.back().end(), suffix.begin(), suffix.end());
  }
  std::vector<double> probabilities;
  if (absl::Status status = model_->Next(contexts, &probabilities); !status.ok()) return status;
  const auto width = static_cast<std::ptrdiff_t>(model_->vocab_size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(i) * width;
    nodes_[kept[i].second] = {kept[i].first, {row, row + width}};
  }
  return absl::OkStatus();
}

}  // namespace bytepiece::lm
