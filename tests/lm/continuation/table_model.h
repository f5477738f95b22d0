// SPDX-License-Identifier: Apache-2.0
// A toy language model: random logits for every context, over a few tokens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bytepiece/tokenizer.h"
#include "lm/continuation/token_model.h"

namespace bytepiece::lm {

class TableModel : public TokenModel {
 public:
  // Tokens outside `tokens` have probability 0.
  TableModel(std::int64_t vocab_size, std::vector<TokenId> tokens, std::uint64_t seed)
      : vocab_size_(vocab_size), tokens_(std::move(tokens)), seed_(seed) {}

  std::int64_t vocab_size() const override { return vocab_size_; }
  absl::Status Next(absl::Span<const TokenContext> contexts,
                    std::vector<double>* probabilities) override;
  std::int64_t evaluations() const override { return evaluations_; }

  std::vector<double> Row(const TokenContext& context) const;
  const std::vector<TokenId>& tokens() const { return tokens_; }

 private:
  std::int64_t vocab_size_;
  std::vector<TokenId> tokens_;
  std::uint64_t seed_;
  std::int64_t evaluations_ = 0;
};

// A tokenizer and a model over its pieces of the letters a, b, c and newline.
struct Toy {
  explicit Toy(std::uint64_t seed);

  Tokenizer tokenizer;
  TableModel model;
};

// Text over the letters of the toy.
std::string ToyText(std::uint64_t seed, std::size_t length);

}  // namespace bytepiece::lm
