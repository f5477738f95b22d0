// SPDX-License-Identifier: Apache-2.0
#include "cli/reports/evaluation.h"

#include <cmath>
#include <string>

namespace bytepiece {

TokenTally::TokenTally(const Vocabulary* vocabulary)
    : vocabulary_(vocabulary), tokens_(static_cast<std::size_t>(vocabulary->size())) {
  for (auto& by_length : bytes_) by_length.resize(vocabulary->max_piece_length() + 1);
}

void TokenTally::Add(absl::Span<const TokenId> ids) {
  text_.clear();
  for (const TokenId id : ids) {
    text_ += vocabulary_->PieceBytes(id);
    ++tokens_[id];
  }
  std::string_view rest = text_;
  std::size_t token = 0;
  std::size_t left = 0;  // bytes of ids[token - 1] not yet passed
  std::size_t length = 0;
  while (!rest.empty()) {
    const Utf8Char character = DecodeUtf8Char(rest);
    rest.remove_prefix(static_cast<std::size_t>(character.length));
    const auto script = static_cast<std::size_t>(ClassOf(character));
    ++characters_[script];
    for (int i = 0; i < character.length; ++i, --left) {
      if (left == 0) left = length = vocabulary_->PieceBytes(ids[token++]).size();
      ++bytes_[script][length];
    }
  }
}

void TokenTally::Merge(const TokenTally& other) {
  for (std::size_t id = 0; id < tokens_.size(); ++id) tokens_[id] += other.tokens_[id];
  for (std::size_t script = 0; script < kNumScriptClasses; ++script) {
    characters_[script] += other.characters_[script];
    for (std::size_t length = 0; length < bytes_[script].size(); ++length) {
      bytes_[script][length] += other.bytes_[script][length];
    }
  }
}

Evaluation Evaluate(const TokenTally& tally) {
  const Vocabulary& vocabulary = *tally.vocabulary_;
  Evaluation result;
  result.vocabulary_size = vocabulary.size();
  for (const std::int64_t count : tally.tokens_) result.tokens += count;
  for (std::size_t script = 0; script < kNumScriptClasses; ++script) {
    result.scripts[script].characters = tally.characters_[script];
    for (std::size_t length = 1; length < tally.bytes_[script].size(); ++length) {
      result.scripts[script].tokens +=
          static_cast<double>(tally.bytes_[script][length]) / static_cast<double>(length);
    }
  }
  result.vocabulary_used = result.renyi_efficiency = result.invalid_tokens = 0;
  if (result.tokens == 0) return result;
  const auto total = static_cast<double>(result.tokens);
  std::int64_t distinct = 0;
  std::int64_t invalid = 0;
  double sum_of_powers = 0;
  for (TokenId id = kFirstPieceId; id < vocabulary.end_of_pieces(); ++id) {
    const std::int64_t count = tally.tokens_[id];
    if (count == 0) continue;
    ++distinct;
    if (!IsValidUtf8(vocabulary.PieceBytes(id))) invalid += count;
    sum_of_powers += std::pow(static_cast<double>(count) / total, kRenyiOrder);
  }
  const auto size = static_cast<double>(result.vocabulary_size);
  result.vocabulary_used = static_cast<double>(distinct) / size;
  result.renyi_efficiency = std::log(sum_of_powers) / (1 - kRenyiOrder) / std::log(size);
  result.invalid_tokens = static_cast<double>(invalid) / total;
  return result;
}

std::int64_t CountCharacters(std::string_view text) {
  std::int64_t characters = 0;
  for (; !text.empty(); ++characters) {
    text.remove_prefix(static_cast<std::size_t>(DecodeUtf8Char(text).length));
  }
  return characters;
}

}  // namespace bytepiece
