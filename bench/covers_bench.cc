// SPDX-License-Identifier: Apache-2.0
// The token covers of a text that goes on, at 200 places of each text.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/inputs.h"
#include "bench/run.h"
#include "bytepiece/prefix/piece_endings.h"
#include "bytepiece/prefix/token_covers.h"

namespace bytepiece {
namespace {

void MakeIndex(benchmark::State& state) {
  const Tokenizer tokenizer = BenchTokenizer("80k");
  for (auto _ : state) {
    const PrefixIndex index(&tokenizer.vocabulary());
    benchmark::DoNotOptimize(index.rests().Of(kFirstPieceId).data());
  }
}

void FindCovers(benchmark::State& state, const std::string& text) {
  constexpr std::size_t kPlaces = 200, kBytes = 250;
  const Tokenizer tokenizer = BenchTokenizer("80k");
  const PrefixIndex index(&tokenizer.vocabulary());
  const std::string bytes = BenchInput(text, 1000 * kPlaces);
  std::vector<PrefixPaths> places;
  for (std::size_t i = 0; i < kPlaces; ++i) {
    places.emplace_back(&tokenizer.vocabulary()).Append(bytes.substr(997 * i, kBytes));
  }
  std::size_t i = 0;
  for (auto _ : state) {
    const TokenCovers covers =
        FindTokenCovers(index, /*unfinished_only=*/false, &places[i++ % kPlaces]);
    benchmark::DoNotOptimize(covers.groups.data());
  }
}

void RegisterAll() {
  benchmark::RegisterBenchmark("covers/index", MakeIndex)->Unit(benchmark::kMillisecond);
  for (const std::string& text : ProseNames()) {
    benchmark::RegisterBenchmark(("covers/" + text).c_str(), FindCovers, text)
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace
}  // namespace bytepiece

int main(int argc, char** argv) {
  bytepiece::RegisterAll();
  return bytepiece::RunBenchmarks(argc, argv);
}
