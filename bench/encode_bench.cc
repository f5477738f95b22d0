// SPDX-License-Identifier: Apache-2.0
// Encoding and decoding by kind of text; the plain kernel (viterbi.h) beside the
// fast ones; what encoding consists of; two threads. BYTEPIECE_BENCH_MEGABYTES is
// the most text to take (default 4). For ratios on a machine that others use too:
// --benchmark_enable_random_interleaving=true --benchmark_repetitions=20
// --benchmark_report_aggregates_only=true, and compare the rates in the lines "median"
// and "most".
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "bench/inputs.h"
#include "bench/run.h"
#include "bytepiece/base/cpu_features.h"
#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/segmentation/fast_viterbi.h"
#include "bytepiece/segmentation/segmenter.h"
#include "bytepiece/segmentation/viterbi.h"
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"
#include "bytepiece/streaming_encoder.h"
#include "bytepiece/text/normalizer.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

std::size_t MostBytes() {
  const char* const megabytes = std::getenv("BYTEPIECE_BENCH_MEGABYTES");
  return static_cast<std::size_t>(megabytes != nullptr ? std::atof(megabytes) * 1e6 : 4 << 20);
}

void CountBytes(benchmark::State& state, std::string_view text) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void EncodeText(benchmark::State& state, const Tokenizer& tokenizer, const std::string& text) {
  Worker worker = tokenizer.NewWorker();
  std::vector<TokenId> ids;
  for (auto _ : state) {
    ids.clear();
    worker.Encode(text, {}, &ids).IgnoreError();
    benchmark::DoNotOptimize(ids.data());
  }
  CountBytes(state, text);
  state.counters["bytes_per_token"] = static_cast<double>(text.size()) / ids.size();
}

void Encode(benchmark::State& state, const std::string& model, const std::string& input) {
  EncodeText(state, BenchTokenizer(model), BenchInput(input, MostBytes()));
}

// The same bytes by 4 KB.
void Stream(benchmark::State& state, const std::string& model, const std::string& input) {
  constexpr std::size_t kFeed = 4096;
  const Tokenizer tokenizer = BenchTokenizer(model);
  const std::string text = BenchInput(input, MostBytes());
  StreamingEncoder encoder(tokenizer);
  std::vector<TokenId> ids;
  for (auto _ : state) {
    ids.clear();
    for (std::size_t at = 0; at < text.size(); at += kFeed) {
      encoder.Feed(std::string_view(text).substr(at, kFeed), &ids).IgnoreError();
    }
    encoder.Finish(&ids).IgnoreError();
    benchmark::DoNotOptimize(ids.data());
  }
  CountBytes(state, text);
}

// All lines joined to one chunk.
void EncodeOneLine(benchmark::State& state, const std::string& model, const std::string& input) {
  const Tokenizer tokenizer = BenchTokenizer(model);
  std::string text = BenchInput(input, MostBytes());
  std::replace(text.begin(), text.end(), '\n', ' ');
  EncodeText(state, tokenizer, text);
}

// The input over and over, 16 MB of it, as lines or joined to one chunk, by several threads.
void EncodeOnThreads(benchmark::State& state, const std::string& model, const std::string& input,
                     bool one_line, int threads) {
  constexpr std::size_t kBytes = 16'000'000;
  const Tokenizer tokenizer = BenchTokenizer(model);
  const std::string once = BenchInput(input, MostBytes());
  std::string text;
  while (text.size() < kBytes) text += once;
  if (one_line) std::replace(text.begin(), text.end(), '\n', ' ');
  Worker worker = tokenizer.NewWorker();
  std::vector<TokenId> ids;
  for (auto _ : state) {
    ids.clear();
    worker.Encode(text, {.threads = threads}, &ids).IgnoreError();
    benchmark::DoNotOptimize(ids.data());
  }
  CountBytes(state, text);
}

void Decode(benchmark::State& state, const std::string& model, const std::string& input) {
  const Tokenizer tokenizer = BenchTokenizer(model);
  const std::string text = BenchInput(input, MostBytes());
  const std::vector<TokenId> ids = tokenizer.Encode(text);
  for (auto _ : state) {
    auto decoded = tokenizer.Decode(ids);
    benchmark::DoNotOptimize(decoded->data());
  }
  CountBytes(state, text);
}

// The kernel that is the oracle of the others.
void Plain(benchmark::State& state, const std::string& model, const std::string& input) {
  const Tokenizer tokenizer = BenchTokenizer(model);
  const std::string text = BenchInput(input, MostBytes());
  const UnigramView unigram = tokenizer.vocabulary().segmenter().unigram();  // makes what it needs
  ViterbiScratch scratch;
  std::vector<TokenId> ids;
  for (auto _ : state) {
    ids.clear();
    for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(NextChunk(rest))) {
      AppendSegmentation(unigram, rest.substr(0, NextChunk(rest)), kFirstPieceId, &scratch, &ids);
    }
    benchmark::DoNotOptimize(ids.data());
  }
  CountBytes(state, text);
}

void LogKernel(benchmark::State& state, const std::string& model, const std::string& input,
               ViterbiKernel kernel) {
  if (kernel == ViterbiKernel::kAvx512 && !HasAvx512()) {
    state.SkipWithError("no AVX-512 here");
    return;
  }
  const Tokenizer tokenizer = BenchTokenizer(model);
  const std::string text = BenchInput(input, MostBytes());
  FastViterbiScratch scratch;
  std::vector<TokenId> ids;
  for (auto _ : state) {
    ids.clear();
    AppendSegmentations(tokenizer.vocabulary().segmenter().scanner(), text, kFirstPieceId, &scratch,
                        &ids, kernel);
    benchmark::DoNotOptimize(ids.data());
  }
  CountBytes(state, text);
}

void WholeKernel(benchmark::State& state, const std::string& model, const std::string& input,
                 Kernel kernel) {
  if (!HasKernel(kernel)) {
    state.SkipWithError("this processor has no such instructions");
    return;
  }
  const Tokenizer tokenizer = BenchTokenizer(model);
  const std::string text = BenchInput(input, MostBytes());
  const Segmenter& segmenter = tokenizer.vocabulary().segmenter();
  const WholeRows rows(segmenter.scanner(), segmenter.scores());
  WholeViterbiScratch scratch;
  std::vector<TokenId> ids;
  for (auto _ : state) {
    ids.clear();
    AppendSegmentations({&segmenter.scanner(), &rows, kernel}, text, kFirstPieceId, &scratch, &ids);
    benchmark::DoNotOptimize(ids.data());
  }
  CountBytes(state, text);
}

void Scan(benchmark::State& state, const std::string& model, const std::string& input) {
  const Tokenizer tokenizer = BenchTokenizer(model);
  const std::string text = BenchInput(input, MostBytes());
  constexpr std::size_t kBlock = 16384;
  std::vector<PieceScanner::State> states(kBlock + PieceScanner::kMaxLength);
  for (auto _ : state) {
    for (std::size_t begin = 0; begin < text.size(); begin += kBlock) {
      tokenizer.vocabulary().segmenter().scanner().Scan(
          text, begin, std::min(begin + kBlock, text.size()), states.data());
    }
    benchmark::DoNotOptimize(states.data());
  }
  CountBytes(state, text);
}

void Normalise(benchmark::State& state, const std::string& input) {
  const std::string text = BenchInput(input, MostBytes());
  std::string buffer;
  for (auto _ : state) {
    benchmark::DoNotOptimize(Normalize(Normalization::kNfc, text, &buffer).data());
  }
  CountBytes(state, text);
}

template <typename... Arguments>
benchmark::internal::Benchmark* Register(const std::string& name, Arguments... arguments) {
  return benchmark::RegisterBenchmark(name.c_str(), arguments...)
      ->ComputeStatistics("most", [](const std::vector<double>& values) {
        return *std::max_element(values.begin(), values.end());
      });
}

void RegisterAll() {
  for (const std::string model : {"80k", "240k"}) {
    for (const std::string& input : ProseNames()) {
      const std::string name = model + "/" + input;
      Register("encode/" + name, Encode, model, input);
      Register("encode/" + model + "-whole/" + input, Encode, model + "-whole", input);
      Register("plain/" + name, Plain, model, input);
    }
  }
  for (const std::string& input : WorstCaseNames()) {
    Register("encode/80k/" + input, Encode, "80k", input);
  }
  for (const std::string& input : ProseNames()) {
    Register("portable/80k/" + input, LogKernel, "80k", input, ViterbiKernel::kPortable);
    Register("avx512/80k/" + input, LogKernel, "80k", input, ViterbiKernel::kAvx512);
    const std::string whole = "80k-whole";
    Register("whole_plain/80k/" + input, WholeKernel, whole, input, Kernel::kPlain);
    Register("whole_sse4/80k/" + input, WholeKernel, whole, input, Kernel::kSse4);
    Register("whole_avx2/80k/" + input, WholeKernel, whole, input, Kernel::kAvx2);
    Register("whole_avx512/80k/" + input, WholeKernel, whole, input, Kernel::kAvx512);
    Register("scan/80k/" + input, Scan, "80k", input);
    Register("normalize/" + input, Normalise, input);
    Register("stream/80k/" + input, Stream, "80k", input);
    Register("one_line/80k/" + input, EncodeOneLine, "80k", input);
    Register("one_line/80k-whole/" + input, EncodeOneLine, "80k-whole", input);
    Register("decode/80k/" + input, Decode, "80k", input);
    for (const int threads : {1, 2}) {
      const std::string name = "threads_" + std::to_string(threads) + "/80k/" + input;
      Register(name, EncodeOnThreads, "80k", input, false, threads)->UseRealTime();
      Register(name + "/one_line", EncodeOnThreads, "80k", input, true, threads)->UseRealTime();
    }
  }
}

}  // namespace
}  // namespace bytepiece

int main(int argc, char** argv) {
  bytepiece::RegisterAll();
  return bytepiece::RunBenchmarks(argc, argv);
}
