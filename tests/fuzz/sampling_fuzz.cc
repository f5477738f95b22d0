// SPDX-License-Identifier: Apache-2.0
// Sampling and the lattice: every sample spells the text, is a function of its seed, is the best
// segmentation where alpha is infinite; the n best come in order, the best one first; the posterior
// sums to one over the pieces that cover a byte.
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "bytepiece/lattice/lattice.h"
#include "bytepiece/lattice/nbest.h"
#include "bytepiece/lattice/posterior.h"
#include "bytepiece/text/normalizer.h"
#include "bytepiece/tokenizer.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_model.h"
#include "tests/support/unigram.h"

namespace bytepiece {
namespace {

void CheckSamples(const Tokenizer& tokenizer, const std::string& text, FuzzedDataProvider* input) {
  std::string buffer;
  const std::string normalized(Normalize(tokenizer.normalization(), text, &buffer));
  SampleOptions sampling;
  sampling.method = input->PickValueInArray(
      {SamplingMethod::kPerfect, SamplingMethod::kViterbi, SamplingMethod::kNBest});
  sampling.alpha = input->PickValueInArray(
      {0.0, 1e-9, 0.1, 0.2, 1.0, 5.0, 300.0, 1e12, std::numeric_limits<double>::infinity()});
  sampling.seed = input->ConsumeIntegral<std::uint64_t>();
  sampling.document = input->ConsumeIntegral<std::uint64_t>();
  sampling.nbest_size = input->ConsumeIntegralInRange<std::size_t>(1, 8);
  Worker worker = tokenizer.NewWorker();
  std::vector<std::vector<TokenId>> samples(3);
  const absl::Status status = worker.SampleSeveral(text, sampling, {}, absl::MakeSpan(samples));
  RequireReadable(status);
  if (!status.ok()) return;
  for (const std::vector<TokenId>& sample : samples) {
    FUZZ_REQUIRE(tokenizer.Decode(sample).value() == normalized);
  }
  sampling.sample = 2;
  std::vector<TokenId> alone;
  FUZZ_REQUIRE(tokenizer.NewWorker().Sample(text, sampling, {}, &alone).ok());
  FUZZ_REQUIRE(alone == samples[2]);
  if (std::isinf(sampling.alpha) && sampling.method == SamplingMethod::kPerfect) {
    FUZZ_REQUIRE(alone == tokenizer.Encode(text));
  }
}

void CheckNBest(const Lattice& lattice) {
  NBest best(&lattice);
  double before = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 5; ++i) {
    const std::optional<ScoredPath> path = best.Next();
    if (!path) break;
    FUZZ_REQUIRE(path->score <= before);
    FUZZ_REQUIRE(path->score == lattice.Score(path->edges));
    if (i == 0) FUZZ_REQUIRE(path->edges == lattice.BestPath());
    before = path->score;
  }
}

// Every byte is covered by just one piece.
void CheckPosterior(const Lattice& lattice, double alpha) {
  const Posterior posterior(lattice, alpha);
  FUZZ_REQUIRE(posterior.entropy() >= -1e-6 && std::isfinite(posterior.log_z()));
  std::vector<double> covered(lattice.size(), 0);
  for (std::size_t i = 0; i < lattice.edges().size(); ++i) {
    const LatticeEdge& edge = lattice.edges()[i];
    for (std::size_t at = edge.begin; at < edge.end; ++at) {
      covered[at] += posterior.edge_probabilities()[i];
    }
  }
  for (const double probability : covered) FUZZ_REQUIRE(std::abs(probability - 1) < 1e-6);
}

}  // namespace
}  // namespace bytepiece

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bytepiece;
  FuzzedDataProvider input(data, size);
  const Tokenizer tokenizer = TakeTokenizer(&input);
  const std::string text = TakeText(&input, 400);
  CheckSamples(tokenizer, text, &input);
  const Unigram unigram(PiecesOf(tokenizer.vocabulary()));
  const Lattice lattice(unigram.view(), text.substr(0, 100));
  CheckNBest(lattice);
  CheckPosterior(lattice, input.PickValueInArray({0.0, 0.2, 1.0, 3.0}));
  return 0;
}
