// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/path_sampler.h"

#include <cmath>
#include <limits>

namespace bytepiece {
namespace {

constexpr double kAbsent = -std::numeric_limits<double>::infinity();

// Finds pieces by walking the trie from each position.
class TrieEngine {
 public:
  TrieEngine(const UnigramView& model, const SamplingWeights& weights, std::string_view chunk)
      : automaton_(*model.automaton), weights_(weights), chunk_(chunk) {}

  const SamplingWeights& weights() const { return weights_; }

  void Load(std::size_t, std::size_t) {}

  template <typename Function>
  void ForEachMatch(std::size_t position, Function function) const {
    Automaton::State state = Automaton::kRoot;
    for (std::size_t end = position; end < chunk_.size();) {
      if (!automaton_.Step(&state, static_cast<unsigned char>(chunk_[end]))) return;
      ++end;
      if (!automaton_.HasValue(state)) continue;
      if (!function(automaton_.Value(state), end - position)) return;
    }
  }

  std::size_t Advance(std::size_t from, FilterWindow* window) const {
    double* const ring = window->ring;
    const std::size_t mask = window->mask;
    std::size_t at = from;
    while (at > window->block_begin) {
      const std::size_t position = at - 1;
      double total = 0;
      ForEachMatch(position, [&](std::int32_t value, std::size_t length) {
        total += weights_.Plain(value) * ring[(position + length) & mask];
        return true;
      });
      if (!(total >= kLeastPlainTotal && total <= kMostPlainTotal)) break;
      ring[position & mask] = total;
      window->totals[position - window->block_begin] = {total, window->unit};
      at = position;
    }
    return at;
  }

 private:
  const Automaton& automaton_;
  const SamplingWeights& weights_;
  std::string_view chunk_;
};

// Finds the pieces of a whole block beforehand.
class ScannerEngine {
 public:
  ScannerEngine(const PieceScanner& scanner, const SamplingWeights& weights, std::string_view chunk,
                std::vector<PieceScanner::State>* states)
      : scanner_(scanner), weights_(weights), chunk_(chunk), states_(*states) {}

  const SamplingWeights& weights() const { return weights_; }

  void Load(std::size_t begin, std::size_t end) {
    const std::size_t needed = end - begin + PieceScanner::kMaxLength;
    if (states_.size() < needed) states_.resize(needed);
    scanner_.Scan(chunk_, begin, end, states_.data());
    begin_ = begin;
  }

  template <typename Function>
  void ForEachMatch(std::size_t position, Function function) const {
    bool goes_on = true;
    scanner_.SetOf(states_[position - begin_]).ForEach([&](int length, double, std::int32_t value) {
      if (goes_on) goes_on = function(value, static_cast<std::size_t>(length));
    });
  }

  std::size_t Advance(std::size_t from, FilterWindow* window) const {
    double* const ring = window->ring;
    const std::size_t mask = window->mask;
    std::size_t at = from;
    while (at > window->block_begin) {
      const std::size_t position = at - 1;
      if (position >= begin_ + kAhead) {
        const PieceScanner::State state = states_[position - begin_ - kAhead];
        __builtin_prefetch(scanner_.set_words() + scanner_.set_offsets()[state]);
      }
      double total = 0;
      scanner_.SetOf(states_[position - begin_])
          .ForEach([&](int length, double, std::int32_t value) {
            total += weights_.Plain(value) * ring[(position + length) & mask];
          });
      if (!(total >= kLeastPlainTotal && total <= kMostPlainTotal)) break;
      ring[position & mask] = total;
      window->totals[position - window->block_begin] = {total, window->unit};
      at = position;
    }
    return at;
  }

 private:
  // Positions between asking for a match set and using it.
  static constexpr std::size_t kAhead = 8;

  const PieceScanner& scanner_;
  const SamplingWeights& weights_;
  std::string_view chunk_;
  std::vector<PieceScanner::State>& states_;
  std::size_t begin_ = 0;
};

}  // namespace

void AppendPerfectSamples(const UnigramView& model, const SamplingWeights& weights,
                          std::string_view chunk, TokenId id_offset,
                          absl::Span<RandomStream> randoms, SamplerScratch* scratch,
                          absl::Span<std::vector<TokenId>> ids) {
  TrieEngine engine(model, weights, chunk);
  BackwardFilter(&engine, chunk.size(), model.max_length, scratch).Sample(id_offset, randoms, ids);
}

void AppendPerfectSamples(const PieceScanner& scanner, const SamplingWeights& weights,
                          std::string_view chunk, TokenId id_offset,
                          absl::Span<RandomStream> randoms, SamplerScratch* scratch,
                          absl::Span<std::vector<TokenId>> ids) {
  ScannerEngine engine(scanner, weights, chunk, &scratch->states);
  BackwardFilter(&engine, chunk.size(), scanner.max_length(), scratch)
      .Sample(id_offset, randoms, ids);
}

void AppendPerfectSample(const UnigramView& model, const SamplingWeights& weights,
                         std::string_view chunk, TokenId id_offset, RandomStream* random,
                         SamplerScratch* scratch, std::vector<TokenId>* ids) {
  AppendPerfectSamples(model, weights, chunk, id_offset, absl::MakeSpan(random, 1), scratch,
                       absl::MakeSpan(ids, 1));
}

void AppendViterbiSample(const UnigramView& model, double alpha, std::string_view chunk,
                         TokenId id_offset, RandomStream* random, ViterbiScratch* scratch,
                         std::vector<TokenId>* ids) {
  ForwardPaths(model, chunk, scratch, [&](double candidate, double current) {
    if (candidate == kAbsent || current == kAbsent) return candidate > current;
    return random->NextDouble() < 1 / (1 + std::exp(-alpha * (candidate - current)));
  });
  AppendPath(model, chunk, id_offset, scratch, ids);
}

}  // namespace bytepiece
