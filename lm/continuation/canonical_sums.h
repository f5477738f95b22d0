// SPDX-License-Identifier: Apache-2.0
// The byte that follows a text, by the *canonical* sum (docs/method/continuation.md):
// over the token sequences that Encode itself makes of a text which begins so.
//
// bytepiece/prefix/token_covers.h finds these. Their tokens are the same up to where the best
// paths have met; what follows that differs is a small tree, which the model scores level
// by level, one batch each. A level has no more nodes than the longest
// piece has bytes: the tree's leaves are paths to places where the last token may begin. Its
// depth has no such bound (a run of one letter): a level costs a pass, and a row of the
// vocabulary is kept for each node. Exact up to `depth` levels; beyond, the most probable
// node of each level alone goes on, and what the others had is reported.
//
// The tokenizer under NFC never sees an e before U+0301, but é: a cover whose bytes go on in a
// way that normalisation would change is none of a text, and is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/prefix/prefix_index.h"
#include "bytepiece/prefix/prefix_paths.h"
#include "bytepiece/prefix/token_covers.h"
#include "lm/continuation/byte_distribution.h"
#include "lm/continuation/cover_search.h"
#include "lm/continuation/log_add.h"
#include "lm/continuation/token_model.h"

namespace bytepiece::lm {

struct CanonicalOptions {
  // Levels after the settled tokens that keep all their nodes.
  std::size_t depth = 128;
  Normalization normalization = Normalization::kNone;  // of the texts
};

class CanonicalSums {
 public:
  // The index and the model must outlive it.
  CanonicalSums(const CanonicalOptions& options, const PrefixIndex* index, TokenModel* model);
  CanonicalSums(const CanonicalSums&) = delete;  // nodes point to each other
  CanonicalSums& operator=(const CanonicalSums&) = delete;

  // Normalised text; goes on from what there is.
  void Append(std::string_view bytes) { paths_.Append(bytes); }

  // The distribution of the byte after the text, of sum 1. If all that is possible lies
  // beyond `depth`, that is raised.
  absl::StatusOr<ByteDistribution> Next();

  // The share of the probability that the latest Next left out, at most.
  double missed() const { return missed_; }

  // The tokens that all covers begin with after the latest Next, <bos> first; and the
  // covers, with the tokens after these, and probabilities up to a factor that is theirs all.
  std::vector<TokenId> settled() const;
  std::vector<Cover> Covers() const;

 private:
  // A token sequence after the root's: the way of one group or more.
  struct Node {
    TokenContext context;
    double log_probability = 0;  // after the root
    std::vector<double> row;     // p(next); empty: left out, or below one that is
    std::map<TokenId, Node*> children;
  };
  // Indexed by number of tokens after the root, with the nodes they are the children of.
  using Levels = std::vector<std::vector<std::pair<const Node*, Node*>>>;

  // The root alone, of this context.
  void BeginAt(TokenContext context);
  // Drops covers that normalisation would change.
  void RemoveChangedByNormalization();
  // Makes the nodes on the way to every group, and finds the groups'.
  absl::Status Evaluate();
  // The group's node; it and those on the way to it that are new go to `levels`.
  const Node* Reach(const CoverGroup& group, Levels* levels);
  absl::Status EvaluateLevel(const Levels::value_type& level);
  // visit(group, last token, probability / LargestNode's): the last token is <eos> where
  // the text ends.
  template <typename Visit>
  void ForEachCover(Visit visit) const;
  // ln of the largest probability of a group's node.
  double LargestNode() const;

  CanonicalOptions options_;
  const PrefixIndex* index_;
  TokenModel* model_;
  PrefixPaths paths_;
  TokenCovers covers_;
  std::vector<const Node*> group_nodes_;  // of the groups of covers_; null: left out
  // The first is the root: what was settled at the first Next.
  std::deque<Node> nodes_;
  double log_left_out_ = kLogZero;
  double missed_ = 0;
};

}  // namespace bytepiece::lm
