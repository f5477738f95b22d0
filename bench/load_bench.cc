// SPDX-License-Identifier: Apache-2.0
// Loading a model, and the parts of it: reading and checking the file, making the
// vocabulary with its automaton, the search for special tokens, and the whole,
// from either form of the file.
#include <benchmark/benchmark.h>

#include "bench/inputs.h"
#include "bench/run.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/model_io.h"
#include "bytepiece/model/special_tokens.h"
#include "bytepiece/model/vocabulary.h"

namespace bytepiece {
namespace {

void Parse(benchmark::State& state, const std::string& name) {
  const std::string bytes = SerializeModel(BenchTokenizer(name).model());
  for (auto _ : state) benchmark::DoNotOptimize(ParseModel(bytes).ok());
}

void Validate(benchmark::State& state, const std::string& name) {
  const Model model = BenchTokenizer(name).model();
  for (auto _ : state) benchmark::DoNotOptimize(ValidateModel(model).ok());
}

void MakeVocabulary(benchmark::State& state, const std::string& name) {
  const Model model = BenchTokenizer(name).model();
  for (auto _ : state) benchmark::DoNotOptimize(Vocabulary::Create(model).ok());
}

void MakeSpecialTokens(benchmark::State& state, const std::string& name) {
  const Model model = BenchTokenizer(name).model();
  for (auto _ : state)
    benchmark::DoNotOptimize(SpecialTokens::Create(model.special_tokens, 0).ok());
}

void Load(benchmark::State& state, const std::string& name) {
  BenchTokenizer(name);  // the file is in the page cache, ICU ready
  for (auto _ : state) benchmark::DoNotOptimize(BenchTokenizer(name).vocab_size());
}

void LoadCompiled(benchmark::State& state, const std::string& name) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(BenchTokenizer(name, ModelForm::kCompiled).vocab_size());
  }
}

void RegisterAll() {
  for (const std::string name : {"80k", "240k", "80k-whole"}) {
    const auto add = [&](const char* part, auto function) {
      benchmark::RegisterBenchmark(("load/" + name + "/" + part).c_str(), function, name)
          ->Unit(benchmark::kMillisecond);
    };
    add("parse", Parse);
    add("validate", Validate);
    add("vocabulary", MakeVocabulary);
    add("special_tokens", MakeSpecialTokens);
    add("whole", Load);
    add("compiled", LoadCompiled);
  }
}

}  // namespace
}  // namespace bytepiece

int main(int argc, char** argv) {
  bytepiece::RegisterAll();
  return bytepiece::RunBenchmarks(argc, argv);
}
