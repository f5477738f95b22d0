// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/path_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bytepiece/sampling_kernel_avx512.h"
#include "bytepiece/splitter.h"
#include "bytepiece/viterbi_kernel_avx512.h"

namespace bytepiece {
namespace {

constexpr double kAbsent = -std::numeric_limits<double>::infinity();

// Finds pieces by walking the trie from each position.
class TrieEngine {
 public:
  TrieEngine(const UnigramView& model, const SamplingWeights& weights, std::string_view chunk)
      : automaton_(*model.automaton), weights_(weights), chunk_(chunk) {}

  static constexpr bool kDraws = false;

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
      BranchSum sum;
      ForEachMatch(position, [&](std::int32_t value, std::size_t length) {
        sum.Add(length, weights_.Plain(value) * ring[(position + length) & mask]);
        return true;
      });
      const double total = sum.Total();
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

// Those of [begin, end).
void ScanStates(const PieceScanner& scanner, std::string_view text, std::size_t begin,
                std::size_t end, std::vector<PieceScanner::State>* states) {
  const std::size_t needed = end - begin + PieceScanner::kMaxLength;
  if (states->size() < needed) states->resize(needed);
  scanner.Scan(text, begin, end, states->data());
}

// Finds the pieces of a whole block beforehand. kVector: by AVX-512, with weights that
// are placed.
template <bool kVector>
class ScannerEngine {
 public:
  static constexpr bool kDraws = kVector;

  // Of a chunk whose states are known, all of them, or else are scanned for.
  ScannerEngine(const PieceScanner& scanner, const SamplingWeights& weights, std::string_view chunk,
                const PieceScanner::State* known_states, std::vector<PieceScanner::State>* scratch)
      : scanner_(scanner),
        weights_(weights),
        chunk_(chunk),
        is_known_(known_states != nullptr),
        states_(known_states),
        scratch_(*scratch) {}

  const SamplingWeights& weights() const { return weights_; }

  void Load(std::size_t begin, std::size_t end) {
    if (is_known_) return;
    ScanStates(scanner_, chunk_, begin, end, &scratch_);
    states_ = scratch_.data();
    begin_ = begin;
  }

  template <typename Function>
  void ForEachMatch(std::size_t position, Function function) const {
    bool goes_on = true;
    SetAt(position).ForEach([&](int length, double, std::int32_t value) {
      if (goes_on) goes_on = function(value, static_cast<std::size_t>(length));
    });
  }

  std::uint32_t PlaceOf(std::size_t position, std::size_t length) const {
    return SetAt(position).PlaceOfLength(static_cast<int>(length));
  }
  std::int32_t ValueAt(std::uint32_t place) const { return scanner_.ValueAt(place); }

  std::size_t Advance(std::size_t from, FilterWindow* window) const {
    if constexpr (kVector) {
      return FilterAvx512(scanner_.set_offsets(), weights_.placed().data(), states_, from, *window);
    }
    double* const ring = window->ring;
    const std::size_t mask = window->mask;
    std::size_t at = from;
    while (at > window->block_begin) {
      const std::size_t position = at - 1;
      if (position >= begin_ + kAhead) {
        const PieceScanner::State state = states_[position - begin_ - kAhead];
        __builtin_prefetch(scanner_.set_words() + scanner_.set_offsets()[state]);
      }
      BranchSum sum;
      SetAt(position).ForEach([&](int length, double, std::int32_t value) {
        const auto bytes = static_cast<std::size_t>(length);
        sum.Add(bytes, weights_.Plain(value) * ring[(position + bytes) & mask]);
      });
      const double total = sum.Total();
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

  // Of the words that are in the caches: scores or weights, they are not looked at.
  MatchSet SetAt(std::size_t position) const {
    const PieceScanner::State state = states_[position - begin_];
    if constexpr (!kVector) return scanner_.SetOf(state);
    return {weights_.placed().data(), scanner_.values().data(), scanner_.set_offsets()[state]};
  }

  const PieceScanner& scanner_;
  const SamplingWeights& weights_;
  std::string_view chunk_;
  bool is_known_;
  const PieceScanner::State* states_;  // of the block from begin_ on
  std::vector<PieceScanner::State>& scratch_;
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

namespace {

template <bool kVector>
void SampleChunk(const PieceScanner& scanner, const SamplingWeights& weights,
                 std::string_view chunk, const PieceScanner::State* states, const double* uniforms,
                 TokenId id_offset, absl::Span<RandomStream> randoms, SamplerScratch* scratch,
                 absl::Span<std::vector<TokenId>> ids) {
  ScannerEngine<kVector> engine(scanner, weights, chunk, states, &scratch->states);
  BackwardFilter(&engine, chunk.size(), scanner.max_length(), scratch)
      .Sample(id_offset, randoms, ids, uniforms);
}

}  // namespace

void AppendPerfectSamples(const PieceScanner& scanner, const SamplingWeights& weights,
                          std::string_view text, TokenId id_offset,
                          absl::Span<RandomStream> randoms, SamplerScratch* scratch,
                          absl::Span<std::vector<TokenId>> ids) {
  const bool vector = HasAvx512() && !weights.placed().empty();
  const auto sample = [&](std::string_view chunk, const PieceScanner::State* states,
                          const double* uniforms) {
    (vector ? SampleChunk<true> : SampleChunk<false>)(scanner, weights, chunk, states, uniforms,
                                                      id_offset, randoms, scratch, ids);
  };
  while (!text.empty()) {
    // Many chunks are scanned together where no piece crosses them: one by one, short
    // ones would wait for memory at every byte.
    const std::size_t together = scanner.keeps_to_chunks() ? LastChunkEnd(text, kFilterBlock) : 0;
    if (together == 0) {
      const std::size_t size = NextChunk(text);
      sample(text.substr(0, size), nullptr, nullptr);
      text.remove_prefix(size);
      continue;
    }
    ScanStates(scanner, text, 0, together, &scratch->states);
    const bool draws = vector && randoms.size() == 1;
    if (draws) {
      scratch->uniforms.resize(std::max(scratch->uniforms.size(), together));
      randoms[0].Fill(0, {scratch->uniforms.data(), together});
    }
    for (std::size_t begin = 0; begin < together;) {
      const std::size_t size = NextChunk(text.substr(begin, together - begin));
      sample(text.substr(begin, size), scratch->states.data() + begin,
             draws ? scratch->uniforms.data() + begin : nullptr);
      begin += size;
    }
    text.remove_prefix(together);
  }
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
