// SPDX-License-Identifier: Apache-2.0
#include "tests/lm/continuation/table_model.h"

#include <cmath>
#include <random>
#include <set>

#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece::lm {
namespace {

constexpr std::string_view kLetters = "abc\n";

Tokenizer MakeTokenizer(std::uint64_t seed) {
  RandomText random(seed);
  std::set<std::string> known;
  std::vector<Piece> pieces;
  for (int i = 0; i < 9; ++i) {
    const std::string bytes = random.Over(i < 7 ? "abc" : kLetters, 2 + random.Below(3));
    const auto count = static_cast<std::int64_t>(1 + random.Below(40));
    if (known.insert(bytes).second) pieces.push_back({bytes, count});
  }
  return *Tokenizer::Create(MakeModel(pieces));
}

std::vector<TokenId> TokensOfLetters(const Tokenizer& tokenizer) {
  std::vector<TokenId> tokens = {kEosId};
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  for (TokenId id = kFirstPieceId; id < vocabulary.end_of_pieces(); ++id) {
    const std::string_view bytes = vocabulary.PieceBytes(id);
    if (bytes.find_first_not_of(kLetters) == std::string_view::npos) tokens.push_back(id);
  }
  return tokens;
}

}  // namespace

std::vector<double> TableModel::Row(const TokenContext& context) const {
  const std::vector<TokenId> tokens = context.Tokens();
  std::seed_seq sequence(tokens.begin(), tokens.end());
  std::vector<std::uint32_t> mixed(1);
  sequence.generate(mixed.begin(), mixed.end());
  std::mt19937_64 engine(mixed[0] ^ seed_);
  std::vector<double> row(static_cast<std::size_t>(vocab_size_), 0.0);
  double sum = 0;
  for (const TokenId token : tokens_) {
    const double logit = 6 * (static_cast<double>(engine() >> 11) / 9007199254740992.0);
    sum += row[static_cast<std::size_t>(token)] = std::exp(logit);
  }
  for (double& p : row) p /= sum;
  return row;
}

absl::Status TableModel::Next(absl::Span<const TokenContext> contexts,
                              std::vector<double>* probabilities) {
  ++evaluations_;
  probabilities->clear();
  for (const TokenContext& context : contexts) {
    const std::vector<double> row = Row(context);
    probabilities->insert(probabilities->end(), row.begin(), row.end());
  }
  return absl::OkStatus();
}

Toy::Toy(std::uint64_t seed)
    : tokenizer(MakeTokenizer(seed)),
      model(tokenizer.vocab_size(), TokensOfLetters(tokenizer), seed) {}

std::string ToyText(std::uint64_t seed, std::size_t length) {
  return RandomText(seed).Over("abcab\n", length);
}

}  // namespace bytepiece::lm
