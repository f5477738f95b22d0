// SPDX-License-Identifier: Apache-2.0
// Sampling against encoding, one thread: each iteration encodes the text, then
// samples it, so that other load hits both alike. Time is that of sampling; the
// counter "of_encode" is the speed of sampling by that of encoding, from the
// quickest of each; "per_sample" with several samples is that of each sample.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <limits>

#include "bench/inputs.h"
#include "bench/run.h"
#include "bytepiece/sampling/sampling_method.h"

namespace bytepiece {
namespace {

constexpr std::size_t kBytes = std::size_t{4} << 20;

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void Sample(benchmark::State& state, const std::string& input, SamplingMethod method, double alpha,
            std::size_t samples) {
  const Tokenizer tokenizer = BenchTokenizer("80k");
  const std::string text = BenchInput(input, kBytes);
  Worker worker = tokenizer.NewWorker();
  std::vector<TokenId> encoded;
  std::vector<std::vector<TokenId>> sampled(samples);
  SampleOptions options = {.method = method, .alpha = alpha, .seed = 1};
  double best_encode = std::numeric_limits<double>::infinity();
  double best_sample = best_encode;
  for (auto _ : state) {
    encoded.clear();
    for (std::vector<TokenId>& ids : sampled) ids.clear();
    const double start = CpuSeconds();
    worker.Encode(text, {}, &encoded).IgnoreError();
    const double middle = CpuSeconds();
    worker.SampleSeveral(text, options, {}, absl::MakeSpan(sampled)).IgnoreError();
    const double end = CpuSeconds();
    best_encode = std::min(best_encode, middle - start);
    best_sample = std::min(best_sample, end - middle);
    state.SetIterationTime(end - middle);
    ++options.document;
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  const double count = static_cast<double>(samples);
  state.counters["best_MB/s"] = static_cast<double>(text.size()) / best_sample / 1e6;
  state.counters["of_encode"] = best_encode / best_sample;
  state.counters["per_sample"] = best_encode / (best_sample / count);
  state.counters["bytes_per_token"] = static_cast<double>(text.size()) / sampled[0].size();
}

void Register(const std::string& name, const std::string& input, SamplingMethod method,
              double alpha, std::size_t samples) {
  benchmark::RegisterBenchmark(name.c_str(), Sample, input, method, alpha, samples)
      ->UseManualTime();
}

void RegisterAll() {
  for (const std::string& input : ProseNames()) {
    Register("perfect/0.2/" + input, input, SamplingMethod::kPerfect, 0.2, 1);
    Register("perfect/1/" + input, input, SamplingMethod::kPerfect, 1, 1);
    Register("perfect/0.2/16_samples/" + input, input, SamplingMethod::kPerfect, 0.2, 16);
    Register("viterbi/0.2/" + input, input, SamplingMethod::kViterbi, 0.2, 1);
  }
  Register("nbest/0.2/en", "en", SamplingMethod::kNBest, 0.2, 1);
  for (const std::string& input : WorstCaseNames()) {
    Register("perfect/0.2/" + input, input, SamplingMethod::kPerfect, 0.2, 1);
    Register("perfect/1/" + input, input, SamplingMethod::kPerfect, 1, 1);
  }
}

}  // namespace
}  // namespace bytepiece

int main(int argc, char** argv) {
  bytepiece::RegisterAll();
  return bytepiece::RunBenchmarks(argc, argv);
}
