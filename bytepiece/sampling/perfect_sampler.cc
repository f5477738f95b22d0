// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/sampling/perfect_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bytepiece/base/cpu_features.h"
#include "bytepiece/sampling/double_filter.h"
#include "bytepiece/sampling/long_chunk_filter.h"
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

constexpr double kAbsent = -std::numeric_limits<double>::infinity();

// ScaledFilter's Advance, for an Engine that has the rest of what it wants, and
//   void Prefetch(position)   a hint: ForEachMatch(position) comes next, going left
template <typename Engine>
class AdvancingEngine {
 public:
  std::size_t Advance(std::size_t from, FilterWindow* window) const {
    const Engine& engine = static_cast<const Engine&>(*this);
    const SamplingWeights& weights = engine.weights();
    double* const ring = window->ring;
    const std::size_t mask = window->mask;
    std::size_t at = from;
    while (at > window->block_begin) {
      const std::size_t position = at - 1;
      engine.Prefetch(position);
      BranchSum sum;
      engine.ForEachMatch(position, [&](std::int32_t value, std::size_t length) {
        sum.Add(length, weights.Plain(value) * ring[(position + length) & mask]);
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
};

// Finds pieces by walking the trie from each position.
class TrieEngine : public AdvancingEngine<TrieEngine> {
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

  void Prefetch(std::size_t) const {}

 private:
  const Automaton& automaton_;
  const SamplingWeights& weights_;
  std::string_view chunk_;
};

// Finds the pieces of a whole block beforehand.
class ScannerEngine : public AdvancingEngine<ScannerEngine> {
 public:
  ScannerEngine(const PieceScanner& scanner, const SamplingWeights& weights, std::string_view chunk,
                std::vector<PieceScanner::State>* scratch)
      : scanner_(scanner), weights_(weights), chunk_(chunk), states_(*scratch) {}

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
    SetAt(position).ForEach([&](int length, double, std::int32_t value) {
      if (goes_on) goes_on = function(value, static_cast<std::size_t>(length));
    });
  }

  void Prefetch(std::size_t position) const {
    if (position < begin_ + kAhead) return;
    const PieceScanner::State state = states_[position - begin_ - kAhead];
    __builtin_prefetch(scanner_.set_words() + scanner_.set_offsets()[state]);
  }

 private:
  // Positions between asking for a match set and using it.
  static constexpr std::size_t kAhead = 8;

  MatchSet SetAt(std::size_t position) const { return scanner_.SetOf(states_[position - begin_]); }

  const PieceScanner& scanner_;
  const SamplingWeights& weights_;
  std::string_view chunk_;
  std::vector<PieceScanner::State>& states_;  // of the block from begin_ on
  std::size_t begin_ = 0;
};

// Samples of the chunks of a text, by plain doubles as long as they serve.
class PlainSampler {
 public:
  PlainSampler(const PieceScanner& scanner, const SamplingWeights& weights, TokenId id_offset,
               absl::Span<RandomStream> randoms, SamplerScratch* scratch,
               absl::Span<std::vector<TokenId>> samples, SamplingKernel kernel)
      : scanner_(scanner),
        weights_(weights),
        id_offset_(id_offset),
        randoms_(randoms),
        scratch_(*scratch),
        samples_(samples),
        filter_(weights, scanner.max_length(), kernel == SamplingKernel::kAvx512, &scratch->plain) {
  }

  // Whole chunks, together at most a block, where no match crosses them.
  void AppendChunks(std::string_view text) {
    scanner_.Scan(text, 0, text.size(), filter_.States(text.size()));
    filter_.Start();
    std::vector<std::size_t>& ends = scratch_.ends;
    ends.clear();
    for (std::size_t end = 0; end < text.size();) {
      end += NextChunk(text.substr(end));
      ends.push_back(end);
    }
    std::vector<std::size_t>& hard = scratch_.hard;
    hard.clear();
    for (std::size_t i = ends.size(); i > 0; --i) {
      if (!filter_.Sum(i > 1 ? ends[i - 2] : 0, ends[i - 1])) hard.push_back(i - 1);
    }
    std::size_t begin = 0;
    for (; !hard.empty(); hard.pop_back()) {
      const std::size_t chunk = hard.back();
      const std::size_t chunk_begin = chunk > 0 ? ends[chunk - 1] : 0;
      Draw(begin, chunk_begin);
      AppendHard(text.substr(chunk_begin, ends[chunk] - chunk_begin));
      begin = ends[chunk];
    }
    Draw(begin, text.size());
  }

  // A chunk of any length.
  void AppendChunk(std::string_view chunk) {
    std::vector<std::size_t> positions(samples_.size());
    const auto draw = [&](std::size_t begin, std::size_t size) {
      for (std::size_t i = 0; i < samples_.size(); ++i) {
        std::size_t position = positions[i] - begin;
        filter_.Draw(size, UniformsOf(randoms_[i], begin, 0, size), id_offset_, &position,
                     &samples_[i]);
        positions[i] = begin + position;
      }
    };
    if (!FilterLongChunk(scanner_, chunk, &filter_, &scratch_.tails, draw))
      return AppendHard(chunk);
    for (RandomStream& random : randoms_) random.Advance(chunk.size());
  }

 private:
  // The chunks of [begin, end) of the block.
  void Draw(std::size_t begin, std::size_t end) {
    if (begin == end) return;
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      std::size_t position = begin;
      filter_.Draw(end, UniformsOf(randoms_[i], 0, begin, end), id_offset_, &position,
                   &samples_[i]);
      randoms_[i].Advance(end - begin);
    }
  }

  void AppendHard(std::string_view chunk) {
    ScannerEngine engine(scanner_, weights_, chunk, &scratch_.states);
    ScaledFilter(&engine, chunk.size(), scanner_.max_length(), &scratch_)
        .Sample(id_offset_, randoms_, samples_);
  }

  // Those of the places from `first` on, for the positions [begin, end) of a block.
  const double* UniformsOf(const RandomStream& random, std::size_t first, std::size_t begin,
                           std::size_t end) {
    std::vector<double>& uniforms = scratch_.uniforms;
    if (uniforms.size() < end) uniforms.resize(end);
    random.Fill(first, {uniforms.data() + begin, end - begin});
    return uniforms.data();
  }

  const PieceScanner& scanner_;
  const SamplingWeights& weights_;
  TokenId id_offset_;
  absl::Span<RandomStream> randoms_;
  SamplerScratch& scratch_;
  absl::Span<std::vector<TokenId>> samples_;
  DoubleFilter filter_;
};

}  // namespace

void AppendPerfectSamples(const UnigramView& model, const SamplingWeights& weights,
                          std::string_view chunk, TokenId id_offset,
                          absl::Span<RandomStream> randoms, SamplerScratch* scratch,
                          absl::Span<std::vector<TokenId>> ids) {
  TrieEngine engine(model, weights, chunk);
  ScaledFilter(&engine, chunk.size(), model.max_length, scratch).Sample(id_offset, randoms, ids);
}

SamplingKernel BestSamplingKernel() {
  return HasAvx512() ? SamplingKernel::kAvx512 : SamplingKernel::kPortable;
}

void AppendPerfectSamples(const PieceScanner& scanner, const SamplingWeights& weights,
                          std::string_view text, TokenId id_offset,
                          absl::Span<RandomStream> randoms, SamplerScratch* scratch,
                          absl::Span<std::vector<TokenId>> ids, SamplingKernel kernel) {
  PlainSampler sampler(scanner, weights, id_offset, randoms, scratch, ids, kernel);
  while (!text.empty()) {
    // Many chunks are scanned together where no piece crosses them: one by one, short
    // ones would wait for memory at every byte.
    std::size_t size = scanner.keeps_to_chunks() ? LastChunkEnd(text, kFilterBlock) : 0;
    if (size > 0) {
      sampler.AppendChunks(text.substr(0, size));
    } else {
      size = NextChunk(text);
      sampler.AppendChunk(text.substr(0, size));
    }
    text.remove_prefix(size);
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
