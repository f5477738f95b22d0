// SPDX-License-Identifier: Apache-2.0
// The parts of encoding lines, each over the whole text: scan, sets, recursion with
// AVX-512, path and ids (docs/performance.md). What the parts take together is less
// than encoding takes, as each has the caches to itself.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bench/inputs.h"
#include "bench/run.h"
#include "bytepiece/base/cpu_features.h"
#include "bytepiece/segmentation/block_path.h"
#include "bytepiece/segmentation/segmenter.h"
#include "bytepiece/segmentation/viterbi_kernel.h"
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

struct Block {
  std::string_view text;
  std::vector<std::size_t> ends;            // of its lines
  std::vector<PieceScanner::State> states;  // of its positions, and what kernels read behind
  std::vector<std::uint32_t> sets;
  std::vector<std::uint8_t> last_length;
};

class Parts {
 public:
  Parts(const std::string& model, const std::string& input)
      : tokenizer_(BenchTokenizer(model)), text_(BenchInput(input, 1 << 20)) {
    rings_.assign(1024, kUnreachedScore);
    for (std::string_view rest = text_; !rest.empty();) {
      const std::size_t size = LastChunkEnd(rest, kMostStarts);
      // A longer line is no block.
      const std::size_t taken = size > 0 ? size : NextChunk(rest);
      if (size > 0) AddBlock(rest.substr(0, size));
      rest.remove_prefix(taken);
    }
  }

  const PieceScanner& scanner() const { return tokenizer_.vocabulary().segmenter().scanner(); }
  std::vector<Block>& blocks() { return blocks_; }

  void Advance(Block* block) {
    AdvanceChunksAvx512(scanner(), block->sets.data(), block->ends, {rings_.data(), 511},
                        rings_.data() + 512, block->last_length.data());
  }

 private:
  void AddBlock(std::string_view text) {
    Block& block = blocks_.emplace_back();
    block.text = text;
    for (std::size_t begin = 0; begin < text.size(); begin = block.ends.back()) {
      block.ends.push_back(begin + NextChunk(text.substr(begin)));
    }
    block.states.resize(text.size() + PieceScanner::kMaxLength);
    scanner().Scan(text, 0, text.size(), block.states.data());
    block.states.resize(text.size());
    block.states.resize(text.size() + PieceScanner::kMaxLength);  // with states, any, behind
    block.sets = block.states;
    scanner().FindSets(absl::MakeSpan(block.sets));
    block.last_length.resize(text.size() + kLengthSlack);
    Advance(&block);
  }

  Tokenizer tokenizer_;
  std::string text_;
  std::vector<double> rings_;
  std::vector<Block> blocks_;
};

template <typename Part>
void Run(benchmark::State& state, const std::string& model, const std::string& input, Part part) {
  if (!HasAvx512()) {
    state.SkipWithError("no AVX-512 here");
    return;
  }
  Parts parts(model, input);
  std::int64_t bytes = 0;
  for (auto _ : state) {
    for (Block& block : parts.blocks()) part(&parts, &block);
  }
  for (const Block& block : parts.blocks()) bytes += static_cast<std::int64_t>(block.text.size());
  state.SetBytesProcessed(state.iterations() * bytes);
}

template <typename Part>
void Register(const std::string& name, Part part) {
  for (const std::string model : {"80k", "240k"}) {
    for (const std::string& input : ProseNames()) {
      benchmark::RegisterBenchmark(
          (name + "/" + model + "/" + input).c_str(),
          [=](benchmark::State& state) { Run(state, model, input, part); });
    }
  }
}

void RegisterAll() {
  Register("scan", [](Parts* parts, Block* block) {
    parts->scanner().Scan(block->text, 0, block->text.size(), block->states.data());
  });
  Register("sets", [](Parts* parts, Block* block) {
    const std::size_t size = block->text.size();
    std::copy_n(block->states.data(), size, block->sets.data());
    parts->scanner().FindSets(absl::MakeSpan(block->sets.data(), size));
  });
  Register("recursion", [](Parts* parts, Block* block) { parts->Advance(block); });
  Register("path",
           [path = BlockPath(), ids = std::vector<TokenId>()](Parts* parts, Block* block) mutable {
             ids.clear();
             path.Read(block->last_length.data(), block->ends);
             path.AppendIds(parts->scanner(), block->sets.data(), kFirstPieceId, &ids);
             benchmark::DoNotOptimize(ids.data());
           });
}

}  // namespace
}  // namespace bytepiece

int main(int argc, char** argv) {
  bytepiece::RegisterAll();
  return bytepiece::RunBenchmarks(argc, argv);
}
