// SPDX-License-Identifier: Apache-2.0
#include "trainer/ngrams/ngram_lookup.h"

#include <limits>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/trainer/ngrams/naive_ngrams.h"
#include "trainer/ngrams/ngram_counter.h"

namespace bytepiece {
namespace {

TEST_CASE("every row has the scores of the n-grams that end there") {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  for (int order = 2; order <= 7; ++order) {
    for (const std::int64_t min_count : {1, 3}) {
      CAPTURE(order, min_count);
      RandomText random(order);
      // More positions than walks in flight, chunks shorter than the order too.
      std::vector<std::string> chunks = {"a", random.Over("ab", 3000), random.Bytes(500), "ab"};
      // An n-gram with 256 children.
      std::string& children = chunks.emplace_back();
      for (int i = 0; i < 3 * 256; ++i) children += {'x', 'y', static_cast<char>(i)};
      NgramCounter counter(order);
      for (const std::string& chunk : chunks) counter.Add(chunk);
      const std::vector<CountRun> runs = counter.TakeRuns();
      RunPointers pointers;
      for (const CountRun& run : runs) pointers.push_back(&run);
      const auto model = NgramModel::Build(pointers, {.order = order, .min_count = min_count});
      REQUIRE(model.ok());
      const auto scores = naive::Scores(naive::CountNgrams(chunks, order), min_count);

      chunks.push_back(random.Bytes(300));  // text that the model has not seen
      std::string text;
      std::vector<std::size_t> ends;
      for (const std::string& chunk : chunks) {
        text += chunk;
        ends.push_back(text.size());
      }
      NgramLookup emissions(&*model);
      emissions.Fill(text, ends);
      std::size_t position = 0;
      int wrong = 0;
      for (const std::string& chunk : chunks) {
        for (std::size_t i = 0; i < chunk.size(); ++i, ++position) {
          for (int t = 0; t < order; ++t) {
            double expected = kNone;
            if (t <= static_cast<int>(i)) {
              const auto found = scores.find(chunk.substr(i - t, t + 1));
              if (found != scores.end()) expected = found->second;
            }
            wrong += emissions.row(position)[t] != expected;
          }
        }
      }
      CHECK(wrong == 0);
    }
  }
}

}  // namespace
}  // namespace bytepiece
