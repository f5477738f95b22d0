// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/canonical_sums.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/types/span.h"
#include "bytepiece/base/utf8.h"
#include "bytepiece/text/nfc_scan.h"
#include "bytepiece/text/normalizer.h"

namespace bytepiece::lm {
namespace {

// Normalised text, of which nothing up to its beginning is changed by what follows: whether
// it may go on so.
class NormalizedEnd {
 public:
  NormalizedEnd(Normalization form, std::string_view text)
      : form_(form), end_(text.substr(LastBoundary(form, text, 0))), size_(end_.size()) {}

  bool MayGoOn(std::string_view bytes) {
    // Nearly all does, and without a look at what it follows.
    if (!IsUtf8Continuation(bytes[0]) && FindNfcSensitive(bytes, 0) == bytes.size()) return true;
    end_.replace(size_, std::string::npos, bytes);
    // A character that is cut may become one that is left as it is.
    std::string_view whole = end_;
    whole.remove_suffix(IncompleteUtf8Suffix(whole));
    return Normalize(form_, whole, &buffer_).data() == whole.data();
  }

 private:
  Normalization form_;
  std::string end_;
  std::size_t size_;  // of the text's part
  std::string buffer_;
};

}  // namespace

CanonicalSums::CanonicalSums(const CanonicalOptions& options, const PrefixIndex* index,
                             TokenModel* model)
    : options_(options), index_(index), model_(model), paths_(&index->vocabulary()) {}

std::vector<TokenId> CanonicalSums::settled() const {
  std::vector<TokenId> context = {kBosId};
  context.insert(context.end(), covers_.settled.begin(), covers_.settled.end());
  return context;
}

double CanonicalSums::LargestNode() const {
  double largest = kLogZero;
  for (const Node* node : group_nodes_) {
    if (node != nullptr) largest = std::max(largest, node->log_probability);
  }
  return largest;
}

template <typename Visit>
void CanonicalSums::ForEachCover(Visit visit) const {
  const double largest = LargestNode();
  for (std::size_t i = 0; i < group_nodes_.size(); ++i) {
    const CoverGroup& group = covers_.groups[i];
    const Node* const node = group_nodes_[i];
    if (node == nullptr) continue;
    const double weight = std::exp(node->log_probability - largest);
    for (const TokenId id : group.last) {
      visit(group, id, weight * node->row[static_cast<std::size_t>(id)]);
    }
    // Only the text's own tokens end with the text.
    if (group.begin == paths_.size()) visit(group, kEosId, weight * node->row[kEosId]);
  }
}

void CanonicalSums::RemoveChangedByNormalization() {
  if (options_.normalization == Normalization::kNone) return;
  NormalizedEnd end(options_.normalization, paths_.text());
  for (CoverGroup& group : covers_.groups) {
    const std::size_t old = paths_.size() - group.begin;
    std::erase_if(group.last, [&](TokenId id) {
      return !end.MayGoOn(index_->vocabulary().PieceBytes(id).substr(old));
    });
  }
  std::erase_if(covers_.groups, [&](const CoverGroup& group) {
    return group.last.empty() && group.begin < paths_.size();
  });
}

void CanonicalSums::BeginAt(TokenContext context) {
  nodes_.clear();
  nodes_.emplace_back().context = std::move(context);
  log_left_out_ = kLogZero;
}

absl::StatusOr<ByteDistribution> CanonicalSums::Next() {
  covers_ = FindTokenCovers(*index_, /*unfinished_only=*/false, &paths_);
  RemoveChangedByNormalization();
  if (nodes_.empty()) BeginAt(TokenContext(settled()));
  while (true) {
    if (absl::Status status = Evaluate(); !status.ok()) return status;
    ByteDistribution next = {};
    ForEachCover([&](const CoverGroup& group, TokenId last, double weight) {
      const bool ends = last == kEosId;
      const std::size_t old = paths_.size() - group.begin;
      next[ends ? kEndOfText
                : static_cast<unsigned char>(index_->vocabulary().PieceBytes(last)[old])] += weight;
    });
    const double sum = Normalize(&next);
    if (sum > 0) {
      missed_ = std::exp(log_left_out_ - LogAdd(log_left_out_, LargestNode() + std::log(sum)));
      return next;
    }
    if (log_left_out_ == kLogZero) return ImpossibleText();
    // The possible continuations were left out: again, leaving less out.
    options_.depth = std::max<std::size_t>(1, 2 * options_.depth);
    BeginAt(nodes_.front().context);
  }
}

std::vector<Cover> CanonicalSums::Covers() const {
  std::vector<Cover> covers;
  ForEachCover([&](const CoverGroup& group, TokenId last, double weight) {
    covers.push_back({group.tokens, weight});
    covers.back().tokens.push_back(last);
  });
  return covers;
}

const CanonicalSums::Node* CanonicalSums::Reach(const CoverGroup& group, Levels* levels) {
  Node* node = &nodes_.front();
  std::size_t level = 0;
  const auto go_on = [&](TokenId token) {
    Node*& child = node->children[token];
    ++level;
    if (child == nullptr) {
      child = &nodes_.emplace_back();
      child->context = node->context.Then(token);
      if (levels->size() <= level) levels->resize(level + 1);
      (*levels)[level].emplace_back(node, child);
    }
    node = child;
  };
  // The settled tokens only grow with the text, so that the root stays a beginning of it.
  for (std::size_t i = node->context.size() - 1; i < covers_.settled.size(); ++i) {
    go_on(covers_.settled[i]);
  }
  for (const TokenId token : group.tokens) go_on(token);
  return node;
}

absl::Status CanonicalSums::Evaluate() {
  Levels levels;
  if (nodes_.front().row.empty()) levels = {{{nullptr, &nodes_.front()}}};
  group_nodes_.clear();
  for (const CoverGroup& group : covers_.groups) group_nodes_.push_back(Reach(group, &levels));
  for (const auto& level : levels) {
    if (absl::Status status = EvaluateLevel(level); !status.ok()) return status;
  }
  for (const Node*& node : group_nodes_) {
    if (node->row.empty()) node = nullptr;
  }
  return absl::OkStatus();
}

absl::Status CanonicalSums::EvaluateLevel(const Levels::value_type& level) {
  std::vector<Node*> kept;
  for (const auto& [parent, node] : level) {
    if (parent != nullptr) {
      // Below a node that was left out; that one is counted already.
      if (parent->row.empty()) continue;
      node->log_probability = parent->log_probability +
                              std::log(parent->row[static_cast<std::size_t>(node->context.last())]);
    }
    kept.push_back(node);
  }
  if (kept.empty()) return absl::OkStatus();
  std::stable_sort(kept.begin(), kept.end(), [](const Node* a, const Node* b) {
    return a->log_probability > b->log_probability;
  });
  const std::size_t deepest = nodes_.front().context.size() + options_.depth;
  while (kept.size() > 1 && kept.back()->context.size() > deepest) {
    log_left_out_ = LogAdd(log_left_out_, kept.back()->log_probability);
    kept.pop_back();
  }
  std::vector<TokenContext> contexts;
  for (const Node* node : kept) contexts.push_back(node->context);
  std::vector<double> probabilities;
  if (absl::Status status = model_->Next(contexts, &probabilities); !status.ok()) return status;
  auto row = probabilities.begin();
  for (Node* node : kept) {
    const auto end = row + static_cast<std::ptrdiff_t>(model_->vocab_size());
    node->row.assign(row, end);
    row = end;
  }
  return absl::OkStatus();
}

}  // namespace bytepiece::lm
