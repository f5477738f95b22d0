// SPDX-License-Identifier: Apache-2.0
// Sums over the token sequences that spell given bytes after a fixed context, whatever their
// segmentation (docs/method/continuation.md, the *full* sum).
//
// The sequences are a tree: a node is what stands for a beginning of the bytes, its
// children go on by one piece. Level by level all nodes are one batch for the model. The
// probability of a node bounds what its descendants add to any sum, so that leaving a
// node out costs a known amount at most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/prefix/prefix_index.h"
#include "lm/continuation/byte_distribution.h"
#include "lm/continuation/token_model.h"

namespace bytepiece::lm {

struct CoverQuery {
  TokenContext context;  // begins with <bos>
  std::string bytes;     // that follow it
  // The first token stands for at least so many of the bytes: all of them, to look for one
  // token alone.
  std::size_t first_token = 0;
  // The number of bytes after which CoverSums::next is asked for.
  std::size_t position = 0;
};

struct CoverSearchOptions {
  // Nodes of a level; of more, the most promising. If nothing with any probability is left
  // of them, the search begins again with a wider one, up to kWidestBeam.
  std::size_t beam = 64;
  // Nodes are left out whose probability is below this share of what the sum for all bytes
  // has reached.
  double negligible = 1e-6;
};

inline constexpr std::size_t kWidestBeam = 1024;

// A token sequence after the context whose last token reaches `position` and beyond.
struct Cover {
  std::vector<TokenId> tokens;
  double probability = 0;  // given that the text begins with these bytes
};

struct CoverSums {
  // [j], for j = 0..bytes.size(): ln of the probability that the text after the context
  // begins with the first j bytes.
  std::vector<double> log_mass;
  // The distribution of the byte after the first `position`, given these.
  // Its sum is less than 1 where nodes that end at `position` were left out.
  ByteDistribution next = {};
  // ln of that by what the probability of any of these beginnings, or of `position` bytes
  // and a certain next one, may be too small, at most.
  double log_missed = 0;
};

// OutOfRange: the model gives no probability to any text that begins like the prompt.
absl::Status ImpossibleText();
// OutOfRange, too: to none that the widest beam has looked at.
absl::Status LostText();

// Sums over the covers. With `covers` given, also appends those of the first `position` bytes and
// of one more; the end of the text counts as a token. Only pieces and <eos> count
// (text_token_model.h).
absl::StatusOr<CoverSums> SumCovers(const CoverQuery& query, const CoverSearchOptions& options,
                                    const PrefixIndex& index, TokenModel* model,
                                    std::vector<Cover>* covers = nullptr);

}  // namespace bytepiece::lm
