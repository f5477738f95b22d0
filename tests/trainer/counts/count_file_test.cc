// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/count_file.h"

#include <limits>
#include <map>
#include <random>
#include <string>

#include "tests/support/catch.h"
#include "tests/trainer/counts/count_files.h"
#include "trainer/counts/count_header.h"
#include "trainer/counts/count_run.h"
#include "trainer/counts/piece_run.h"
#include "trainer/ngrams/ngram_counter.h"

namespace bytepiece {
namespace {

using Counts = std::map<std::uint64_t, std::int64_t>;

Counts RandomNgrams(std::uint32_t seed, int order, int entries) {
  std::mt19937_64 random(seed);
  Counts counts;
  for (int i = 0; i < entries; ++i) {
    const int length = 1 + static_cast<int>(random() % order);
    const std::uint64_t key = (random() & (~std::uint64_t{0} << (64 - 8 * length))) | length;
    counts[key] += random() % 3 == 0 ? 1 + static_cast<std::int64_t>(random() >> 20) : 1;
  }
  return counts;
}

CountHeader Header(int order) {
  TrainerSpec spec;
  spec.order = order;
  return NgramHeader(spec, 1);
}

absl::StatusOr<Counts> ReadNgrams(const CountRun& run, int order) {
  Counts counts;
  const auto take = [&](std::uint64_t key, std::int64_t count) { counts[key] = count; };
  const absl::Status status = MergeNgrams({&run}, order, 0, kNoNgram, take);
  if (!status.ok()) return status;
  return counts;
}

TEST_CASE("a file holds the counts, the settings and the size of the corpus") {
  const TempDir dir;
  for (int order = 2; order <= 7; ++order) {
    CAPTURE(order);
    const Counts counts = RandomNgrams(order, order, 40'000);
    const CountRun run = MakeNgramRun(counts, order);
    const CorpusSize corpus = {12, {{1, 1LL << 40}}};
    const auto file = OpenBytes(dir, FileOf(Header(order), {&run}, corpus));
    REQUIRE(file.ok());
    CHECK((*file)->header() == Header(order));
    CHECK((*file)->corpus() == corpus);
    CHECK((*file)->blocks().size() > 1);
    const absl::StatusOr<Counts> read = ReadNgrams(CountRun(*file), order);
    REQUIRE(read.ok());
    const bool same = *read == counts;
    CHECK(same);
    // A part of it, wherever it begins.
    std::mt19937_64 random(order);
    for (int i = 0; i < 20; ++i) {
      std::uint64_t first = random();
      std::uint64_t end = random();
      if (first > end) std::swap(first, end);
      auto expected = counts.lower_bound(first);
      bool in_order = true;
      const CountRun from_file(*file);
      REQUIRE(MergeNgrams({&from_file}, order, first, end, [&](std::uint64_t key, std::int64_t n) {
                in_order &=
                    expected != counts.end() && expected->first == key && expected->second == n;
                ++expected;
              }).ok());
      CHECK(in_order);
      CHECK(expected == counts.lower_bound(end));
    }
  }
}

TEST_CASE("the worked example of docs/count-files.md") {
  NgramCounter counter(2);
  counter.Add("abab");
  const std::vector<CountRun> runs = counter.TakeRuns();
  RunPointers pointers;
  for (const CountRun& run : runs) pointers.push_back(&run);
  std::string blocks;
  REQUIRE(MergeNgramRuns(pointers, 2, [&](const CountBlock& block, std::string_view bytes) {
            CHECK(block.first == (std::uint64_t{0x6162} << 48 | 2));
            blocks += bytes;
            return absl::OkStatus();
          }).ok());
  CHECK(blocks == std::string("\x01\x00\xDE\x13\x92\x0C", 6));
}

TEST_CASE("the weights of a mixture are kept, and take no room where there are none") {
  const TempDir dir;
  const CountRun run = MakeNgramRun(RandomNgrams(5, 6, 100), 6);
  CountHeader header = Header(6);
  header.unit = 3;
  const std::size_t plain = FileOf(header, {&run}, {1, {{3, 70}}}).size();
  for (const auto& [bytes_by_weight, more] :
       std::vector<std::pair<std::map<std::int64_t, std::int64_t>, std::size_t>>{
           {{}, 0}, {{{3, 70}}, 0}, {{{1, 70}}, 20}, {{{1, 70}, {3, 5}, {1 << 30, 9}}, 52}}) {
    for (const RunPointers& runs : {RunPointers{&run}, RunPointers{}}) {
      const CorpusSize corpus = {7, bytes_by_weight};
      const std::string bytes = FileOf(header, runs, corpus);
      if (!runs.empty()) CHECK(bytes.size() == plain + more);
      const auto file = OpenBytes(dir, bytes);
      REQUIRE(file.ok());
      CHECK((*file)->corpus() == corpus);
    }
  }
  CorpusSize sum = {1, {{2, 10}, {3, 4}}};
  REQUIRE(sum.Add({5, {{2, 1}, {7, 9}}}));
  CHECK(sum == CorpusSize{6, {{2, 11}, {3, 4}, {7, 9}}});
  CHECK(sum.bytes() == 24);
}

TEST_CASE("the same counts give the same file, however they were spread") {
  const Counts all = RandomNgrams(1, 6, 30'000);
  Counts halves[2];
  std::mt19937 random(1);
  for (const auto& [key, count] : all) {
    const std::int64_t first = random() % 2 == 0 ? count / 2 : count;
    if (first > 0) halves[0][key] = first;
    if (count > first) halves[1][key] = count - first;
  }
  const CountRun whole = MakeNgramRun(all, 6);
  const CountRun a = MakeNgramRun(halves[0], 6);
  const CountRun b = MakeNgramRun(halves[1], 6);
  const bool same = FileOf(Header(6), {&whole}, {}) == FileOf(Header(6), {&b, &a}, {});
  CHECK(same);
}

TEST_CASE("any damage is noticed, and so is any missing end") {
  const TempDir dir;
  const CountRun run = MakeNgramRun(RandomNgrams(2, 6, 12'000), 6);
  // With weights and without.
  const std::map<std::int64_t, std::int64_t> bytes_by_weight =
      GENERATE(std::map<std::int64_t, std::int64_t>{{1, 4}},
               std::map<std::int64_t, std::int64_t>{{1, 4}, {5, 1LL << 50}, {1LL << 40, 3}});
  const std::string good = FileOf(Header(6), {&run}, {3, bytes_by_weight});
  const auto error = [&](const std::string& bytes) -> std::string {
    const auto file = OpenBytes(dir, bytes);
    if (!file.ok()) return std::string(file.status().message());
    return std::string(ReadNgrams(CountRun(*file), 6).status().message());
  };
  REQUIRE(error(good).empty());
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    std::string bad = good;
    // The start and the end are small: half of the tries there.
    const std::size_t near = random() % 200;
    const std::size_t at = i % 4 == 0   ? near
                           : i % 4 == 1 ? good.size() - 1 - near
                                        : random() % good.size();
    bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
    CAPTURE(at);
    CHECK_THAT(error(bad), Contains("count file"));
  }
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{20}, good.size() / 2, good.size() - 1}) {
    CHECK_THAT(error(good.substr(0, size)), Contains("count file"));
  }
  std::string later = good;
  later[7] = 2;
  CHECK_THAT(error(later), Contains("of another version than 1"));
}

// No writer of ours makes such blocks, whose checksums are right.
TEST_CASE("entries that are not in order are an error, not a crash") {
  std::mt19937 random(4);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(1 + random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 4 == 0 ? 0xFF : random());
    const auto entries = 1 + static_cast<std::uint32_t>(random() % 20);
    CountRun run;
    run.Append(CountBlock::Describe(random(), entries, bytes), bytes);
    std::uint64_t last = 0;
    const auto check = [&](std::uint64_t key, std::int64_t count) {
      REQUIRE(key > last);
      REQUIRE(count > 0);
      REQUIRE(NgramKey64::Length(key) <= 5);
      last = key;
    };
    MergeNgrams({&run}, 5, 0, kNoNgram, check).IgnoreError();
    std::string last_piece;
    MergePieces({&run}, [&](const std::string& piece, std::int64_t count) {
      REQUIRE(piece > last_piece);
      REQUIRE(count > 0);
      last_piece = piece;
      return absl::OkStatus();
    }).IgnoreError();
  }
}

constexpr std::int64_t kHalf = std::int64_t{1} << 62;

CountRun MakePieceRun(const std::map<std::string, std::int64_t>& counts) {
  CountRun run;
  PieceRunWriter writer([&run](const CountBlock& block, std::string_view bytes) {
    run.Append(block, bytes);
    return absl::OkStatus();
  });
  for (const auto& [piece, count] : counts) writer.Add(piece, count).IgnoreError();
  writer.Finish().IgnoreError();
  return run;
}

TEST_CASE("counts that together do not fit 63 bits are refused, of one key or of many") {
  constexpr std::uint64_t kA = (std::uint64_t{'a'} << 56) | 1;
  const CountRun a = MakeNgramRun({{kA, kHalf}}, 6);
  const CountRun less = MakeNgramRun({{kA, kHalf - 1}}, 6);
  const CountRun other = MakeNgramRun({{kA + (std::uint64_t{1} << 56), kHalf}}, 6);
  const auto merged = [](const RunPointers& runs) {
    return std::string(MergeNgrams(runs, 6, 0, kNoNgram, [](auto, auto) {}).message());
  };
  CHECK(merged({&a, &less}).empty());
  CHECK_THAT(merged({&a, &a}), Contains("brings the sum of the counts to 2^63 or more"));
  CHECK_THAT(merged({&a, &other}), Contains("2^63"));

  const CountRun ab = MakePieceRun({{"ab", kHalf / 2}});
  const CountRun c = MakePieceRun({{"c", kHalf - 1}});
  const auto merged_pieces = [](const RunPointers& runs) {
    const auto ignore = [](const std::string&, std::int64_t) { return absl::OkStatus(); };
    return std::string(MergePieces(runs, ignore).message());
  };
  CHECK(merged_pieces({&ab, &c}).empty());
  CHECK_THAT(merged_pieces({&ab, &ab}), Contains("2^63"));
  CHECK_THAT(merged_pieces({&ab, &c, &c}), Contains("2^63"));
}

TEST_CASE("corpora add up as long as their bytes, by weights and together, fit") {
  CorpusSize size = {3, {{1, kHalf - 1}}};
  REQUIRE(size.Add({4, {{1, 1}, {2, 5}}}));
  CHECK(size == CorpusSize{7, {{1, kHalf}, {2, 5}}});
  CHECK_FALSE(CorpusSize(size).Add({0, {{1, kHalf}}}));
  CHECK_FALSE(CorpusSize(size).Add({0, {{2, kHalf / 2}}}));
  CHECK_FALSE(CorpusSize(size).Add({std::numeric_limits<std::int64_t>::max(), {}}));
  CHECK_FALSE(CorpusSize{1, {{kHalf, 2}}}.Fits());

  const TempDir dir;
  const CountRun run = MakeNgramRun({{(std::uint64_t{'a'} << 56) | 1, 1}}, 6);
  const auto file_of = [&](const CorpusSize& corpus) {
    return OpenBytes(dir, FileOf(Header(6), {&run}, corpus));
  };
  const auto half = file_of({1, {{1, kHalf}}});
  REQUIRE(half.ok());
  CHECK(AddUpCorpora({*half})->bytes() == kHalf);
  CHECK_THAT(std::string(AddUpCorpora({*half, *half}).status().message()),
             Contains("with " + (*half)->name()) && Contains("2^63 bytes or more"));
  for (const CorpusSize& corpus : {CorpusSize{1, {{1, kHalf}, {2, kHalf - 1}}},
                                   CorpusSize{1, {{std::int64_t{1} << 40, 1 << 30}}}}) {
    CHECK_THAT(std::string(file_of(corpus).status().message()), Contains("its weights are wrong"));
  }
}

}  // namespace
}  // namespace bytepiece
