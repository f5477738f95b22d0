// SPDX-License-Identifier: Apache-2.0
#include "tests/lm/continuation/brute_force_covers.h"

namespace bytepiece::lm {
namespace {

void Extend(
    const Toy& toy, const TokenContext& context, std::size_t fixed, const std::string& bytes,
    const std::string& text, double probability,
    const std::function<void(const std::vector<TokenId>&, const std::string&, double)>& visit) {
  const std::vector<double> row = toy.model.Row(context);
  for (const TokenId token : toy.model.tokens()) {
    if (token == kEosId) continue;
    const std::string longer = bytes + std::string(toy.tokenizer.vocabulary().PieceBytes(token));
    const double p = probability * row[static_cast<std::size_t>(token)];
    const TokenContext next = context.Then(token);
    if (longer.starts_with(text)) {
      visit(next.Tokens(fixed), longer, p);
    } else if (text.starts_with(longer)) {
      Extend(toy, next, fixed, longer, text, p, visit);
    }
  }
}

}  // namespace

void ForEachCover(
    const Toy& toy, const TokenContext& context, const std::string& text,
    const std::function<void(const std::vector<TokenId>&, const std::string&, double)>& visit) {
  Extend(toy, context, context.size(), "", text, 1, visit);
}

bool IsCanonical(const Toy& toy, const std::vector<TokenId>& tokens) {
  std::string bytes;
  for (const TokenId token : tokens) bytes += toy.tokenizer.vocabulary().PieceBytes(token);
  return toy.tokenizer.Encode(bytes) == tokens;
}

}  // namespace bytepiece::lm
