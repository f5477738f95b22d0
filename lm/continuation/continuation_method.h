// SPDX-License-Identifier: Apache-2.0
// The ways to go on from a prompt that may end inside a token, under one interface
// (docs/method/continuation.md, "Remedies").
//
// naive            the prompt's tokens, then the model
// back-off-1       the last token is taken off; one token that starts with its bytes, then
//                  the model
// back-off-K       the last K tokens are taken off; any tokens that agree with their bytes
// back-off-adaptive  K as large as it may be for the removed bytes to start one piece
// exact            the canonical sum: what Encode may make of the text to come
// full             all segmentations of the prompt's last bytes, weighted by the model
//
// Training on sampled segmentations, the other remedy, is naive with another model.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/prefix/prefix_index.h"
#include "bytepiece/tokenizer.h"
#include "lm/continuation/byte_distribution.h"
#include "lm/continuation/canonical_sums.h"
#include "lm/continuation/cover_search.h"
#include "lm/continuation/text_token_model.h"
#include "lm/continuation/token_model.h"

namespace bytepiece::lm {

enum class MethodKind { kNaive, kBackOff, kAdaptive, kExact, kFull };

struct MethodOptions {
  MethodKind kind = MethodKind::kNaive;
  int tokens = 1;               // kBackOff: taken off; >= 1
  std::size_t full_bytes = 24;  // kFull: tokens are taken off until they have so many bytes
  CoverSearchOptions search = {};
  CanonicalOptions canonical = {};
};

// The options of a method by its name, as above. Error: another name; it tells which there are.
absl::StatusOr<MethodOptions> ParseMethod(const std::string& name);

// The first tokens of what may follow: those from where the method goes on until one
// reaches beyond the prompt.
struct FirstTokens {
  std::vector<TokenId> context;  // begins with <bos>
  std::vector<Cover> covers;     // of sum 1; the end of the text is the token <eos>
};

// Prompts and continuations are normalised text (normalizer.h); special tokens in it are
// plain text. Error, beside the model's own: ImpossibleText (cover_search.h).
class ContinuationMethod {
 public:
  // The parts must outlive it. Only the model's pieces and <eos> count
  // (text_token_model.h).
  ContinuationMethod(const MethodOptions& options, const Tokenizer* tokenizer,
                     const PrefixIndex* index, TokenModel* model)
      : options_(options),
        tokenizer_(*tokenizer),
        index_(*index),
        model_(&tokenizer->vocabulary(), model) {
    options_.canonical.normalization = tokenizer->normalization();
  }

  // The distribution of the byte after the prompt, of sum 1.
  absl::StatusOr<ByteDistribution> NextByte(std::string_view prompt);

  // [i]: ln p(the text goes on with the first i + 1 bytes | prompt).
  absl::StatusOr<std::vector<double>> LogProbabilities(std::string_view prompt,
                                                       std::string_view continuation);

  absl::StatusOr<FirstTokens> First(std::string_view prompt);

  // The share of the probability that the latest call left out, at most: after
  // LogProbabilities that of the whole continuation; with the exact method, the largest
  // share of a byte.
  double missed() const { return missed_; }

  // The largest share, over all calls, of a context's probability that the model gave to ids
  // that stand for no text, and that was shared out among the others.
  double most_not_text() const { return model_.most_not_text(); }

 private:
  struct Question {
    std::vector<TokenId> context;
    CoverQuery query;
  };

  Question Query(std::string_view prompt) const;
  std::size_t TokensOff(const std::vector<TokenId>& tokens) const;
  absl::StatusOr<CoverSums> Sum(const CoverQuery& query, std::vector<Cover>* covers);
  // The share missed of a sum that came to `log_found`.
  static double ShareMissed(const CoverSums& sums, double log_found);

  MethodOptions options_;
  const Tokenizer& tokenizer_;
  const PrefixIndex& index_;
  TextTokenModel model_;
  double missed_ = 0;
};

}  // namespace bytepiece::lm
