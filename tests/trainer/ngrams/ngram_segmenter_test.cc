// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngrams/ngram_segmenter.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include "bytepiece/base/utf8.h"
#include "tests/support/catch.h"
#include "tests/trainer/ngrams/naive_ngrams.h"
#include "trainer/ngrams/ngram_counter.h"

namespace bytepiece {
namespace {

using Pieces = std::vector<std::string>;

NgramModel MakeModel(const std::vector<std::string>& chunks, int order, std::int64_t min_count) {
  NgramCounter counter(order);
  for (const std::string& chunk : chunks) counter.Add(chunk);
  const std::vector<CountRun> runs = counter.TakeRuns();
  RunPointers pointers;
  for (const CountRun& run : runs) pointers.push_back(&run);
  absl::StatusOr<NgramModel> model =
      NgramModel::Build(pointers, {.order = order, .min_count = min_count});
  REQUIRE(model.ok());
  return *std::move(model);
}

// All chunks in one call, cut at their ends.
Pieces SegmentAll(const NgramModel& model, bool ensure_unicode, TrainingMethod method,
                  const std::vector<std::string>& chunks) {
  std::string text;
  std::vector<std::size_t> chunk_ends;
  for (const std::string& chunk : chunks) {
    text += chunk;
    chunk_ends.push_back(text.size());
  }
  NgramSegmenter segmenter(&model, ensure_unicode, method);
  std::vector<std::size_t> ends;
  segmenter.Segment(text, chunk_ends, &ends);
  Pieces pieces;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    REQUIRE(end > begin);
    pieces.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  REQUIRE(begin == text.size());
  return pieces;
}

// Recovery, from its definition: cut around the unreachable character.
Pieces SegmentRecovering(const std::map<std::string, double>& scores, const std::string& chunk,
                         int order) {
  if (chunk.empty()) return {};
  std::size_t dead = 0;
  const Pieces exact = naive::SegmentExact(scores, chunk, order, true, &dead);
  if (dead == std::string::npos) return exact;
  std::size_t begin = dead;
  while (begin > 0 && IsUtf8Continuation(chunk[begin])) --begin;
  std::size_t end = dead + 1;
  while (end < chunk.size() && IsUtf8Continuation(chunk[end])) ++end;
  Pieces pieces;
  std::size_t covered = 0;
  for (const std::string& piece : exact) {
    if (covered == begin) break;
    pieces.push_back(piece);
    covered += piece.size();
  }
  for (std::size_t i = begin; i < end; ++i) pieces.push_back(chunk.substr(i, 1));
  for (std::string& piece : SegmentRecovering(scores, chunk.substr(end), order)) {
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

// Characters of 1 to 4 bytes, some of them rare, so that dead ends occur; with
// `damaged`, stray bytes between them.
std::string RandomText(std::mt19937* random, bool damaged) {
  static const std::vector<std::string> kCommon = {"a", "b", " ", "\n", "é", "中", "文", "😀"};
  static const std::vector<std::string> kRare = {"龘", "ß", "z", "🜚", "ж"};
  std::string text;
  const int length = 1 + static_cast<int>((*random)() % 40);
  for (int i = 0; i < length; ++i) {
    const std::uint32_t dice = (*random)() % 20;
    if (dice == 0) {
      text += kRare[(*random)() % kRare.size()];
    } else if (dice == 1 && damaged) {
      text += static_cast<char>(0x80 + (*random)() % 0x80);
    } else {
      text += kCommon[(*random)() % kCommon.size()];
    }
  }
  return text;
}

TEST_CASE("segmentation agrees with the specification's recursion, dead ends included") {
  int dead_ends = 0;
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const int order = 2 + static_cast<int>(random() % 6);
    const std::int64_t min_count = 1 + random() % 5;
    const bool damaged = seed % 4 == 0;
    std::vector<std::string> chunks(1 + random() % 12);
    for (std::string& chunk : chunks) chunk = RandomText(&random, damaged);
    const NgramModel model = MakeModel(chunks, order, min_count);
    const auto scores = naive::Scores(naive::CountNgrams(chunks, order), min_count);

    Pieces exact, exact_unicode, recovering;
    std::size_t dead = 0;
    for (const std::string& chunk : chunks) {
      for (auto& p : naive::SegmentExact(scores, chunk, order, false, &dead)) exact.push_back(p);
      REQUIRE(dead == std::string::npos);
      for (auto& p : naive::SegmentExact(scores, chunk, order, true, &dead)) {
        exact_unicode.push_back(p);
      }
      dead_ends += dead == std::string::npos ? 0 : 1;
      for (auto& p : SegmentRecovering(scores, chunk, order)) recovering.push_back(p);
    }
    REQUIRE(SegmentAll(model, false, TrainingMethod::kExact, chunks) == exact);
    REQUIRE(SegmentAll(model, false, TrainingMethod::kRecover, chunks) == exact);
    REQUIRE(SegmentAll(model, true, TrainingMethod::kExact, chunks) == exact_unicode);
    REQUIRE(SegmentAll(model, true, TrainingMethod::kRecover, chunks) == recovering);
  }
  REQUIRE(dead_ends > 100);  // else the test does not test what it says
}

TEST_CASE("recovery loses one character where exact mode loses the rest") {
  const std::vector<std::string> chunks(3, "好好好好");
  const NgramModel model = MakeModel(chunks, 4, 3);
  const std::vector<std::string> text = {"好好龘好好"};
  const Pieces exact = SegmentAll(model, true, TrainingMethod::kExact, text);
  const Pieces recovered = SegmentAll(model, true, TrainingMethod::kRecover, text);
  CHECK(exact.size() ==
        recovered.size() - SegmentAll(model, true, TrainingMethod::kExact, {"好好"}).size() + 6);
  CHECK(recovered.back() == SegmentAll(model, true, TrainingMethod::kExact, {"好好"}).back());
}

TEST_CASE("text longer than the walks in flight, in one chunk and in many") {
  std::mt19937 random(3);
  std::string text;
  while (text.size() < 5000) text += RandomText(&random, false);
  for (const std::size_t chunk_size : {std::size_t{5000}, std::size_t{1023}, std::size_t{7}}) {
    std::vector<std::string> chunks;
    for (std::size_t i = 0; i < text.size(); i += chunk_size) {
      chunks.push_back(text.substr(i, chunk_size));
    }
    const NgramModel model = MakeModel(chunks, 6, 2);
    const auto scores = naive::Scores(naive::CountNgrams(chunks, 6), 2);
    Pieces expected;
    for (const std::string& chunk : chunks) {
      std::size_t dead = 0;
      for (auto& p : naive::SegmentExact(scores, chunk, 6, false, &dead)) expected.push_back(p);
    }
    CHECK(SegmentAll(model, false, TrainingMethod::kExact, chunks) == expected);
  }
}

}  // namespace
}  // namespace bytepiece
