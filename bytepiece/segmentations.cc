// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentations.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/base/random.h"
#include "bytepiece/encoding/tokenizer_parts.h"
#include "bytepiece/lattice/lattice.h"
#include "bytepiece/lattice/nbest.h"
#include "bytepiece/lattice/posterior.h"
#include "bytepiece/sampling/distinct_sampler.h"
#include "bytepiece/text/normalizer.h"

namespace bytepiece::inline v0 {

struct Segmentations::Impl {
  Impl(std::string text, const Segmenter& segmenter)
      : normalized(std::move(text)), lattice(segmenter.unigram(), normalized) {}

  std::vector<TokenId> IdsOf(const LatticePath& path) const {
    std::vector<TokenId> ids;
    ids.reserve(path.size());
    for (const std::size_t edge : path) ids.push_back(kFirstPieceId + lattice.edges()[edge].value);
    return ids;
  }

  std::string normalized;
  Lattice lattice;
};

absl::StatusOr<Segmentations> Segmentations::Of(const Tokenizer& tokenizer, std::string_view text) {
  return CatchExceptions([&]() -> absl::StatusOr<Segmentations> {
    std::string buffer;
    std::string normalized(Normalize(tokenizer.normalization(), text, &buffer));
    if (normalized.size() > kMostBytes) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a text of ", normalized.size(), " bytes has too many segmentations to look at (",
          kMostBytes, " bytes at most); cut it"));
    }
    return Segmentations(
        std::make_unique<const Impl>(std::move(normalized), tokenizer.parts()->segmenter()));
  });
}

Segmentations::Segmentations(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Segmentations::Segmentations(Segmentations&&) noexcept = default;
Segmentations& Segmentations::operator=(Segmentations&&) noexcept = default;
Segmentations::~Segmentations() = default;

std::string_view Segmentations::normalized() const { return impl_->normalized; }

std::vector<ScoredSegmentation> Segmentations::NBest(std::size_t n) const {
  std::vector<ScoredSegmentation> best;
  bytepiece::NBest paths(&impl_->lattice);
  while (best.size() < n) {
    const std::optional<ScoredPath> path = paths.Next();
    if (!path) break;
    best.push_back({impl_->IdsOf(path->edges), path->score});
  }
  return best;
}

std::vector<PieceOccurrence> Segmentations::Occurrences(double alpha) const {
  const Posterior posterior(impl_->lattice, alpha);
  std::vector<PieceOccurrence> occurrences;
  occurrences.reserve(impl_->lattice.edges().size());
  for (const LatticeEdge& edge : impl_->lattice.edges()) {
    occurrences.push_back(
        {kFirstPieceId + edge.value,
         {static_cast<std::int64_t>(edge.begin), static_cast<std::int64_t>(edge.end)},
         posterior.edge_probabilities()[occurrences.size()]});
  }
  return occurrences;
}

Segmentations::Summary Segmentations::Summarize(double alpha) const {
  const Posterior posterior(impl_->lattice, alpha);
  return {posterior.log_z(), posterior.entropy(), posterior.expected_tokens()};
}

std::vector<DistinctSegmentation> Segmentations::SampleDistinct(std::size_t n, double alpha,
                                                                std::uint64_t seed,
                                                                std::uint64_t document,
                                                                std::uint32_t sample) const {
  const Posterior posterior(impl_->lattice, alpha);
  DistinctSampler sampler(&impl_->lattice, &posterior, RandomStream(seed, document, sample));
  std::vector<DistinctSegmentation> samples;
  while (samples.size() < n) {
    const std::optional<DistinctSample> next = sampler.Next();
    if (!next) break;
    samples.push_back({impl_->IdsOf(next->edges), next->log_probability});
  }
  for (DistinctSegmentation& one : samples) {
    one.inclusion = InclusionProbability(one.log_probability, sampler.threshold());
  }
  return samples;
}

}  // namespace bytepiece::inline v0
