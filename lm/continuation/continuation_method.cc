// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/continuation_method.h"

#include <algorithm>
#include <cmath>

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

CoverQuery ContinuationMethod::Query(std::string_view prompt) const {
  const std::vector<TokenId> tokens = tokenizer_.Encode(prompt);
  const std::size_t off = TokensOff(tokens);
  CoverQuery query;
  query.context = {kBosId};
  query.context.insert(query.context.end(), tokens.begin(),
                       tokens.end() - static_cast<std::ptrdiff_t>(off));
  query.position = TailBytes(index_.vocabulary(), tokens, off);
  query.bytes = prompt.substr(prompt.size() - query.position);
  if (options_.kind == MethodKind::kBackOff && options_.tokens == 1) {
    query.first_token = query.position;
  }
  return query;
}

absl::StatusOr<CoverSums> ContinuationMethod::Sum(const CoverQuery& query,
                                                  std::vector<Cover>* covers) {
  absl::StatusOr<CoverSums> sums = SumCovers(query, options_.search, index_, &model_, covers);
  if (!sums.ok()) return sums;
  if (sums->log_mass[query.position] == kLogZero) return ImpossibleText();
  missed_ = sums->log_missed == kLogZero
                ? 0
                : std::exp(sums->log_missed - LogAdd(sums->log_missed, sums->log_mass.back()));
  return sums;
}

absl::StatusOr<ByteDistribution> ContinuationMethod::NextByte(std::string_view prompt) {
  if (options_.kind == MethodKind::kExact) {
    CanonicalSums sums(options_.canonical, &index_, &model_);
    sums.Append(prompt);
    absl::StatusOr<ByteDistribution> next = sums.Next();
    missed_ = sums.missed();
    return next;
  }
  absl::StatusOr<CoverSums> sums = Sum(Query(prompt), nullptr);
  if (!sums.ok()) return sums.status();
  if (!(Normalize(&sums->next) > 0)) return ImpossibleText();
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
  CoverQuery query = Query(prompt);
  query.bytes += continuation;
  const absl::StatusOr<CoverSums> sums = Sum(query, nullptr);
  if (!sums.ok()) return sums.status();
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
    const CoverQuery query = Query(prompt);
    first.context = query.context;
    if (const auto sums = Sum(query, &first.covers); !sums.ok()) return sums.status();
  }
  double sum = 0;
  for (const Cover& cover : first.covers) sum += cover.probability;
  if (!(sum > 0)) return ImpossibleText();
  for (Cover& cover : first.covers) cover.probability /= sum;
  return first;
}

}  // namespace bytepiece::lm
