// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/path_sampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

namespace bytepiece {
namespace {

// Positions filtered at once, at least: 1 MB of totals.
constexpr std::size_t kMinBlock = std::size_t{1} << 16;

constexpr double kAbsent = -std::numeric_limits<double>::infinity();

// Beyond this distance the smaller of two addends is below half a unit in the
// last place of any double.
constexpr std::int64_t kNegligible = 1100;

ScaledWeight Scaled(double x, std::int64_t exponent) {
  if (!(x > 0)) return {};
  int shift = 0;
  const double mantissa = std::frexp(x, &shift);
  return {mantissa, exponent + shift};
}

ScaledWeight Product(const ScaledWeight& a, const ScaledWeight& b) {
  return Scaled(a.mantissa * b.mantissa, a.exponent + b.exponent);
}

// `weight` in units of 2^exponent, exponent not below the weight's.
double InUnitsOf(const ScaledWeight& weight, std::int64_t exponent) {
  const std::int64_t shift = weight.exponent - exponent;
  return shift < -kNegligible ? 0.0 : std::ldexp(weight.mantissa, static_cast<int>(shift));
}

// B and the draw for one chunk.
class Filter {
 public:
  Filter(const UnigramView& model, const SamplingWeights& weights, std::string_view chunk,
         SamplerScratch* scratch)
      : model_(model),
        weights_(weights),
        chunk_(chunk),
        scratch_(*scratch),
        tail_(std::min(model.max_length, chunk.size())),
        // Checkpoints then take at most a byte per byte of the chunk.
        block_(std::max(kMinBlock, (tail_ + 1) * sizeof(ScaledWeight))) {
    scratch_.totals.assign(std::min(block_, chunk.size()) + tail_ + 1, {});
    const std::size_t blocks = (chunk.size() + block_ - 1) / block_;
    scratch_.checkpoints.assign(blocks * (tail_ + 1), {});
  }

  void Sample(TokenId id_offset, RandomStream* random, std::vector<TokenId>* ids) {
    if (chunk_.empty()) return;
    const std::size_t last = (chunk_.size() - 1) / block_;
    Checkpoint(last)[0] = Scaled(1, 0);  // if the chunk ends where the block does
    // Backwards once, keeping only what the block before needs ...
    for (std::size_t block = last; block > 0; --block) {
      FilterBlock(block);
      std::copy_n(scratch_.totals.begin(), tail_ + 1, Checkpoint(block - 1));
    }
    // ... then forwards, each block filtered again from there.
    std::size_t position = 0;
    for (std::size_t block = 0; block <= last; ++block) {
      FilterBlock(block);
      const std::size_t end = std::min((block + 1) * block_, chunk_.size());
      while (position < end) {
        const SamplerScratch::Candidate& drawn = Draw(position, block * block_, random);
        ids->push_back(id_offset + drawn.value);
        position += drawn.length;
      }
    }
  }

 private:
  // B at the end of `block` and the tail_ positions after it.
  ScaledWeight* Checkpoint(std::size_t block) {
    return scratch_.checkpoints.data() + block * (tail_ + 1);
  }

  void FilterBlock(std::size_t block) {
    const std::size_t begin = block * block_;
    const std::size_t end = std::min(begin + block_, chunk_.size());
    std::copy_n(Checkpoint(block), tail_ + 1, scratch_.totals.begin() + (end - begin));
    for (std::size_t s = end; s-- > begin;) {
      const std::int64_t unit = FindCandidates(s, begin);
      double total = 0;
      for (const auto& candidate : scratch_.candidates) total += InUnitsOf(candidate.weight, unit);
      scratch_.totals[s - begin] = Scaled(total, unit);
    }
  }

  const SamplerScratch::Candidate& Draw(std::size_t position, std::size_t block_begin,
                                        RandomStream* random) {
    const std::int64_t unit = FindCandidates(position, block_begin);
    double total = 0;
    for (const auto& candidate : scratch_.candidates) total += InUnitsOf(candidate.weight, unit);
    double left = random->NextDouble() * total;
    const SamplerScratch::Candidate* drawn = nullptr;
    for (const auto& candidate : scratch_.candidates) {
      const double weight = InUnitsOf(candidate.weight, unit);
      if (weight == 0) continue;
      drawn = &candidate;  // rounding may leave a rest: the last possible one has it
      if (left < weight) break;
      left -= weight;
    }
    return *drawn;
  }

  // The pieces that start at `position`, weighted with what follows them;
  // returns the largest exponent among them.
  std::int64_t FindCandidates(std::size_t position, std::size_t block_begin) {
    scratch_.candidates.clear();
    std::int64_t unit = std::numeric_limits<std::int64_t>::min();
    Automaton::State state = Automaton::kRoot;
    for (std::size_t end = position; end < chunk_.size();) {
      if (!model_.automaton->Step(&state, static_cast<unsigned char>(chunk_[end]))) break;
      ++end;
      if (!model_.automaton->HasValue(state)) continue;
      const std::int32_t value = model_.automaton->Value(state);
      const ScaledWeight weight = Product(weights_[value], scratch_.totals[end - block_begin]);
      if (weight.mantissa == 0) continue;
      unit = std::max(unit, weight.exponent);
      scratch_.candidates.push_back({value, end - position, weight});
    }
    return unit;
  }

  const UnigramView& model_;
  const SamplingWeights& weights_;
  std::string_view chunk_;
  SamplerScratch& scratch_;
  std::size_t tail_;
  std::size_t block_;
};

}  // namespace

SamplingWeights::SamplingWeights(absl::Span<const double> scores, double alpha) : alpha_(alpha) {
  weights_.reserve(scores.size());
  for (const double score : scores) {
    // exp(x) = 2^whole x 2^fraction, so that no x underflows.
    if (score == kAbsent) {
      weights_.push_back({});
      continue;
    }
    const double x = alpha * score * std::numbers::log2e;
    const double whole = std::floor(x);
    weights_.push_back(Scaled(std::exp2(x - whole), static_cast<std::int64_t>(whole)));
  }
}

void AppendPerfectSample(const UnigramView& model, const SamplingWeights& weights,
                         std::string_view chunk, TokenId id_offset, RandomStream* random,
                         SamplerScratch* scratch, std::vector<TokenId>* ids) {
  Filter(model, weights, chunk, scratch).Sample(id_offset, random, ids);
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
