// SPDX-License-Identifier: Apache-2.0
// Encoding and decoding, one thread, by kind of text.
#include <benchmark/benchmark.h>

#include "bench/inputs.h"

namespace bytepiece {
namespace {

constexpr std::size_t kBytes = std::size_t{4} << 20;

void Encode(benchmark::State& state, const std::string& model, const std::string& input) {
  const Tokenizer tokenizer = BenchTokenizer(model);
  const std::string text = BenchInput(input, kBytes);
  Workspace workspace;
  std::vector<TokenId> ids;
  for (auto _ : state) {
    ids.clear();
    tokenizer.Encode(text, {}, &workspace, &ids).IgnoreError();
    benchmark::DoNotOptimize(ids.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.counters["bytes_per_token"] = static_cast<double>(text.size()) / ids.size();
}

void Decode(benchmark::State& state, const std::string& model, const std::string& input) {
  const Tokenizer tokenizer = BenchTokenizer(model);
  const std::string text = BenchInput(input, kBytes);
  const std::vector<TokenId> ids = tokenizer.Encode(text);
  for (auto _ : state) {
    auto decoded = tokenizer.Decode(ids);
    benchmark::DoNotOptimize(decoded->data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void RegisterAll() {
  for (const std::string model : {"80k", "240k"}) {
    for (const std::string& input : ProseNames()) {
      benchmark::RegisterBenchmark(("encode/" + model + "/" + input).c_str(), Encode, model, input);
    }
  }
  for (const std::string& input : WorstCaseNames()) {
    benchmark::RegisterBenchmark(("encode/80k/" + input).c_str(), Encode, "80k", input);
  }
  for (const std::string& input : ProseNames()) {
    benchmark::RegisterBenchmark(("decode/80k/" + input).c_str(), Decode, "80k", input);
  }
}

}  // namespace
}  // namespace bytepiece

int main(int argc, char** argv) {
  bytepiece::RegisterAll();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
