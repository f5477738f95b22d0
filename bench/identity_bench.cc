// SPDX-License-Identifier: Apache-2.0
// Whether the fast kernels give viterbi.h's ids (and, over doubles, scores), on as much text as
// time permits: what the tests do, for hours.
//
// usage: identity_bench MEGABYTES [SEED]
//
// Each round takes a model (the public ones, or a small random one with many
// ties) and a text of some 100 kB (prose cut and mutated, pieces at random, random
// bytes, repeats of a few pieces, newlines), from a seed that it prints before
// going on if the ids differ; it ends then with 1.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/inputs.h"
#include "bytepiece/base/cpu_features.h"
#include "bytepiece/model/model.h"
#include "bytepiece/segmentation/fast_viterbi.h"
#include "bytepiece/segmentation/segmenter.h"
#include "bytepiece/segmentation/viterbi.h"
#include "bytepiece/segmentation/viterbi_kernel_avx512.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

constexpr std::size_t kTextBytes = 100000;

using Random = std::mt19937_64;

// All bytes and a few dozen pieces over some letters, with small equal counts.
Tokenizer RandomTokenizer(Random* random) {
  std::vector<std::string> texts;
  for (int byte = 0; byte < 256; ++byte) texts.emplace_back(1, static_cast<char>(byte));
  const std::size_t letters = 1 + (*random)() % 5;
  const std::size_t longest = (*random)() % 4 == 0 ? 255 : 2 + (*random)() % 30;
  for (std::size_t i = 20 + (*random)() % 200; i > 0; --i) {
    std::string piece(2 + (*random)() % (longest - 1), 'a');
    for (char& c : piece) c = "ab \nc"[(*random)() % letters];
    texts.push_back(std::move(piece));
  }
  std::sort(texts.begin(), texts.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  Model model;
  model.normalization = Normalization::kNone;
  const std::uint64_t most = std::uint64_t{1} << ((*random)() % 12);
  for (const std::string& text : texts) {
    model.pieces.push_back({text, static_cast<std::int64_t>(1 + (*random)() % most)});
  }
  absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(std::move(model));
  if (tokenizer.ok()) return *std::move(tokenizer);
  std::cerr << tokenizer.status().message() << "\n";
  std::exit(2);
}

std::string RandomPieces(const Vocabulary& vocabulary, std::size_t distinct, Random* random) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < distinct; ++i) {
    const auto id = static_cast<TokenId>((*random)() % vocabulary.num_pieces());
    pieces.push_back(vocabulary.PieceBytes(kFirstPieceId + id));
  }
  std::string text;
  while (text.size() < kTextBytes) text += pieces[(*random)() % distinct];
  return text;
}

std::string Mutated(std::string_view prose, Random* random) {
  const std::size_t begin = (*random)() % prose.size();
  std::string text(prose.substr(begin, kTextBytes));
  if (text.empty()) return text;
  const std::size_t every = std::size_t{1} << ((*random)() % 14);
  for (std::size_t i = text.size() / every; i > 0; --i) {
    char& at = text[(*random)() % text.size()];
    at = (*random)() % 2 == 0 ? static_cast<char>((*random)()) : text[(*random)() % text.size()];
  }
  if ((*random)() % 4 == 0) std::replace(text.begin(), text.end(), '\n', ' ');  // one chunk
  return text;
}

std::string RandomText(const Vocabulary& vocabulary, const std::vector<std::string>& proses,
                       Random* random) {
  switch ((*random)() % 6) {
    case 0: {
      std::string text(kTextBytes / 4, '\0');
      for (char& c : text) c = static_cast<char>((*random)() >> 56);
      return text;
    }
    case 1:
      return RandomPieces(vocabulary, 1 + (*random)() % 4, random);
    case 2:
      return RandomPieces(vocabulary, 10000, random);
    default:
      return Mutated(proses[(*random)() % proses.size()], random);
  }
}

// Chunk by chunk with both kernels, all chunks in one call, and, where the scores are whole
// numbers, with each of their kernels.
bool Agree(const Vocabulary& vocabulary, std::string_view text) {
  static ViterbiScratch slow;
  static FastViterbiScratch fast;
  static std::vector<TokenId> expected;
  static std::vector<TokenId> found;
  std::vector<TokenId> all;
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(NextChunk(rest))) {
    const std::string_view chunk = rest.substr(0, NextChunk(rest));
    expected.clear();
    const double score = AppendSegmentation(vocabulary.segmenter().unigram(), chunk, kFirstPieceId,
                                            &slow, &expected);
    all.insert(all.end(), expected.begin(), expected.end());
    for (const ViterbiKernel kernel : {ViterbiKernel::kPortable, ViterbiKernel::kAvx512}) {
      if (kernel == ViterbiKernel::kAvx512 && !HasAvx512()) continue;
      found.clear();
      const double found_score = AppendSegmentation(vocabulary.segmenter().scanner(), chunk,
                                                    kFirstPieceId, &fast, &found, kernel);
      if (found != expected || found_score != score) return false;
    }
  }
  found.clear();
  AppendSegmentations(vocabulary.segmenter().scanner(), text, kFirstPieceId, &fast, &found);
  return found == all;
}

// The same pieces with their scores rounded to whole numbers.
Segmenter Whole(const Vocabulary& vocabulary) {
  std::vector<std::string_view> pieces;
  LargeVector<double> scores;
  const Segmenter& segmenter = vocabulary.segmenter();
  for (std::size_t i = 0; i < segmenter.pieces().size(); ++i) {
    pieces.push_back(segmenter.pieces()[i]);
    scores.push_back(std::max<double>(WholeRows::kLeastScore,
                                      std::nearbyint(segmenter.scores()[i] / WholeRows::kUnit)) *
                     WholeRows::kUnit);
  }
  return *Segmenter::Create(PieceTable(pieces), std::move(scores));
}

// All chunks in one call with each of the kernels for whole numbers.
bool WholeAgree(const Segmenter& whole, const WholeRows& rows, std::string_view text) {
  static WholeViterbiScratch scratch;
  static ViterbiScratch slow;
  std::vector<TokenId> expected;
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(NextChunk(rest))) {
    AppendSegmentation(whole.unigram(), rest.substr(0, NextChunk(rest)), kFirstPieceId, &slow,
                       &expected);
  }
  for (const Kernel kernel :
       {Kernel::kPlain, Kernel::kNeon, Kernel::kSse4, Kernel::kAvx2, Kernel::kAvx512}) {
    if (!HasKernel(kernel)) continue;
    std::vector<TokenId> found;
    AppendSegmentations({&whole.scanner(), &rows, kernel}, text, kFirstPieceId, &scratch, &found);
    if (found != expected) return false;
  }
  return true;
}

int Run(std::int64_t bytes, std::uint64_t seed) {
  std::vector<std::string> proses;
  for (const std::string& name : ProseNames()) proses.push_back(BenchInput(name, 1 << 22));
  std::vector<Tokenizer> tokenizers;
  for (const char* name : {"80k", "160k", "240k"}) tokenizers.push_back(BenchTokenizer(name));
  std::vector<Segmenter> wholes;
  std::vector<WholeRows> rows;
  for (const Tokenizer& tokenizer : tokenizers) {
    wholes.push_back(Whole(tokenizer.vocabulary()));
    rows.emplace_back(wholes.back().scanner(), wholes.back().scores());
  }
  std::int64_t done = 0;
  const std::uint64_t first_seed = seed;
  for (; done < bytes; ++seed) {
    Random random(seed);
    const std::size_t which = random() % 5;
    const bool is_public = which < tokenizers.size();
    const Tokenizer small = RandomTokenizer(&random);
    const Vocabulary& vocabulary = (is_public ? tokenizers[which] : small).vocabulary();
    const std::string text = RandomText(vocabulary, proses, &random);
    const Segmenter small_whole = Whole(small.vocabulary());
    const WholeRows small_rows(small_whole.scanner(), small_whole.scores());
    if (!Agree(vocabulary, text) || !WholeAgree(is_public ? wholes[which] : small_whole,
                                                is_public ? rows[which] : small_rows, text)) {
      std::cout << "DIFFERENT: identity_bench 1 " << seed << std::endl;
      return 1;
    }
    done += static_cast<std::int64_t>(text.size());
    if (seed % 1000 == 999) {
      std::cout << done / 1000000 << " MB, next seed " << seed + 1 << std::endl;
    }
  }
  std::cout << "{\"bytes\": " << done << ", \"first_seed\": " << first_seed
            << ", \"last_seed\": " << seed - 1 << ", \"avx512\": " << HasAvx512()
            << ", \"same\": true}" << std::endl;
  return 0;
}

}  // namespace
}  // namespace bytepiece

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3 || std::atof(argv[1]) <= 0) {
    std::cerr << "usage: identity_bench MEGABYTES [SEED]\n";
    return 2;
  }
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  return bytepiece::Run(static_cast<std::int64_t>(std::atof(argv[1]) * 1e6), seed);
}
