// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/continuation_method.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace bytepiece::lm {
namespace {

// Bytes of the last `count` tokens.
std::size_t TailBytes(const Vocabulary& vocabulary, const std::vector<TokenId>& tokens,
                      std::size_t count) {
  std::size_t bytes = 0;
  for (std::size_t i = tokens.size() - count; i < tokens.size(); ++i) {
    bytes += vocabulary.PieceBytes(tokens[i]).size();
  }
  return bytes;
}

double Total(const std::vector<Cover>& covers) {
  double sum = 0;
  for (const Cover& cover : covers) sum += cover.probability;
  return sum;
}

}  // namespace

absl::StatusOr<MethodOptions> ParseMethod(const std::string& name) {
  constexpr std::string_view kBackOff = "back-off-";
  MethodOptions options;
  if (name == "naive") {
    options.kind = MethodKind::kNaive;
  } else if (name == "exact") {
    options.kind = MethodKind::kExact;
  } else if (name == "full") {
    options.kind = MethodKind::kFull;
  } else if (name == "back-off-adaptive") {
    options.kind = MethodKind::kAdaptive;
  } else if (name.starts_with(kBackOff) &&
             name.find_first_not_of("0123456789", kBackOff.size()) == std::string::npos &&
             absl::SimpleAtoi(name.substr(kBackOff.size()), &options.tokens) &&
             options.tokens >= 1) {
    options.kind = MethodKind::kBackOff;
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("no method \"", name,
                     "\"; there are naive, back-off-1, back-off-2, ..., back-off-adaptive, "
                     "exact, full"));
  }
  return options;
}

std::size_t ContinuationMethod::TokensOff(const std::vector<TokenId>& tokens) const {
  const Vocabulary& vocabulary = index_.vocabulary();
  switch (options_.kind) {
    case MethodKind::kNaive:
    case MethodKind::kExact:
      return 0;
    case MethodKind::kBackOff:
      return std::min(tokens.size(), static_cast<std::size_t>(options_.tokens));
    case MethodKind::kFull: {
      std::size_t count = 0;
      while (count < tokens.size() && TailBytes(vocabulary, tokens, count) < options_.full_bytes) {
        ++count;
      }
      return count;
    }
    case MethodKind::kAdaptive:
      break;
  }
  std::size_t best = 0;
  std::string tail;
  for (std::size_t count = 1; count <= tokens.size(); ++count) {
    tail.insert(0, vocabulary.PieceBytes(tokens[tokens.size() - count]));
    if (tail.size() > vocabulary.max_piece_length()) break;
    if (!index_.Pieces(tail).empty()) best = count;
  }
  return best;
}

ContinuationMethod::Question ContinuationMethod::Query(std::string_view prompt) const {
  const std::vector<TokenId> tokens = tokenizer_.Encode(prompt);
  const std::size_t off = TokensOff(tokens);
  Question question;
  question.context = {kBosId};
  question.context.insert(question.context.end(), tokens.begin(),
                          tokens.end() - static_cast<std::ptrdiff_t>(off));
  CoverQuery& query = question.query;
  query.context = TokenContext(question.context);
  query.position = TailBytes(index_.vocabulary(), tokens, off);
  query.bytes = prompt.substr(prompt.size() - query.position);
  if (options_.kind == MethodKind::kBackOff && options_.tokens == 1) {
    query.first_token = query.position;
  }
  return question;
}

absl::StatusOr<CoverSums> ContinuationMethod::Sum(const CoverQuery& query,
                                                  std::vector<Cover>* covers) {
  absl::StatusOr<CoverSums> sums = SumCovers(query, options_.search, index_, &model_, covers);
  if (!sums.ok() || sums->log_mass[query.position] > kLogZero) return sums;
  return sums->log_missed == kLogZero ? ImpossibleText() : LostText();
}

double ContinuationMethod::ShareMissed(const CoverSums& sums, double log_found) {
  if (sums.log_missed == kLogZero) return 0;
  return std::exp(sums.log_missed - LogAdd(sums.log_missed, log_found));
}

absl::StatusOr<ByteDistribution> ContinuationMethod::NextByte(std::string_view prompt) {
  if (options_.kind == MethodKind::kExact) {
    CanonicalSums sums(options_.canonical, &index_, &model_);
    sums.Append(prompt);
    absl::StatusOr<ByteDistribution> next = sums.Next();
    missed_ = sums.missed();
    return next;
  }
  const CoverQuery query = Query(prompt).query;
  absl::StatusOr<CoverSums> sums = Sum(query, nullptr);
  if (!sums.ok()) return sums.status();
  // Not all of the prompt's mass, of which a node that ends with it and was left out has a
  // part: what that part goes on with is not found.
  const double found = Normalize(&sums->next);
  if (!(found > 0)) return sums->log_missed == kLogZero ? ImpossibleText() : LostText();
  missed_ = ShareMissed(*sums, sums->log_mass[query.position] + std::log(found));
  return sums->next;
}

absl::StatusOr<std::vector<double>> ContinuationMethod::LogProbabilities(
    std::string_view prompt, std::string_view continuation) {
  std::vector<double> logs;
  if (options_.kind == MethodKind::kExact) {
    CanonicalSums sums(options_.canonical, &index_, &model_);
    sums.Append(prompt);
    double log = 0;
    missed_ = 0;
    for (const char byte : continuation) {
      const absl::StatusOr<ByteDistribution> next = sums.Next();
      if (!next.ok()) return next.status();
      log += std::log((*next)[static_cast<unsigned char>(byte)]);
      logs.push_back(log);
      missed_ = std::max(missed_, sums.missed());
      sums.Append(std::string_view(&byte, 1));
    }
    return logs;
  }
  CoverQuery query = Query(prompt).query;
  query.bytes += continuation;
  const absl::StatusOr<CoverSums> sums = Sum(query, nullptr);
  if (!sums.ok()) return sums.status();
  missed_ = ShareMissed(*sums, sums->log_mass.back());
  for (std::size_t i = 1; i <= continuation.size(); ++i) {
    logs.push_back(sums->log_mass[query.position + i] - sums->log_mass[query.position]);
  }
  return logs;
}

absl::StatusOr<FirstTokens> ContinuationMethod::First(std::string_view prompt) {
  FirstTokens first;
  if (options_.kind == MethodKind::kExact) {
    CanonicalSums sums(options_.canonical, &index_, &model_);
    sums.Append(prompt);
    if (const auto next = sums.Next(); !next.ok()) return next.status();
    missed_ = sums.missed();
    first.context = sums.settled();
    first.covers = sums.Covers();
  } else {
    Question question = Query(prompt);
    const auto sums = Sum(question.query, &first.covers);
    if (!sums.ok()) return sums.status();
    first.context = std::move(question.context);
    missed_ =
        ShareMissed(*sums, sums->log_mass[question.query.position] + std::log(Total(first.covers)));
  }
  const double sum = Total(first.covers);
  if (!(sum > 0)) return missed_ > 0 ? LostText() : ImpossibleText();
  for (Cover& cover : first.covers) cover.probability /= sum;
  return first;
}

}  // namespace bytepiece::lm
