// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/counted_text.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/trainer/counts/count_files.h"
#include "trainer/counts/piece_run.h"
#include "trainer/shards.h"
#include "trainer/trainer.h"

namespace bytepiece {
namespace {

absl::Status AppendNothing(std::string_view) { return absl::OkStatus(); }

// The counts of a text of ten bytes, two of them of weight 3, in a file that says what it likes.
std::shared_ptr<const CountFile> FileSaying(const TempDir& dir, CountHeader header,
                                            const CorpusSize& corpus) {
  CountRun run;
  const auto append = [&run](const CountBlock& block, std::string_view bytes) {
    run.Append(block, bytes);
    return absl::OkStatus();
  };
  if (header.kind == CountKind::kNgrams) {
    run = MakeNgramRun({{(std::uint64_t{'a'} << 56) | 1, 8}, {(std::uint64_t{'b'} << 56) | 1, 6}},
                       header.spec.order);
  } else {
    PieceRunWriter writer(append);
    REQUIRE(writer.Add("a", 4).ok());
    REQUIRE(writer.Add("ab", 5).ok());
    REQUIRE(writer.Finish().ok());
  }
  return OpenBytes(dir, FileOf(header, {&run}, corpus)).value();
}

const CorpusSize kTrue = {2, {{1, 8}, {3, 2}}};

TEST_CASE("counts of less or more text than the file says are refused where they are read") {
  const TempDir dir;
  TrainerSpec spec;
  for (const bool pieces : {false, true}) {
    const CountHeader header = pieces ? PieceHeader(spec, 1, 0) : NgramHeader(spec, 1);
    CAPTURE(pieces);
    CHECK(MergeCounts({FileSaying(dir, header, kTrue)}, nullptr, AppendNothing).ok());
    for (const CorpusSize& lie : {CorpusSize{2, {{1, 8}, {3, 3}}}, CorpusSize{2, {{1, 8}}},
                                  CorpusSize{}, CorpusSize{1, {{1, std::int64_t{1} << 60}}}}) {
      const auto file = FileSaying(dir, header, lie);
      const std::string expected =
          file->name() + " is a damaged count file: it says that it is of more text, or less, than";
      CHECK_THAT(std::string(MergeCounts({file}, nullptr, AppendNothing).message()),
                 Contains(expected));
      if (!pieces) continue;
      TrainerOptions options;
      options.spec.vocab_sizes = {259};
      CHECK_THAT(std::string(TrainFromPieces({file}, options).status().message()),
                 Contains(expected));
    }
  }
}

TEST_CASE("counts that were pruned on the way may be of less text, not of more") {
  const TempDir dir;
  TrainerSpec spec;
  spec.prune_while_counting = 2;
  const CountHeader header = NgramHeader(spec, 1);
  CHECK(MergeCounts({FileSaying(dir, header, {2, {{1, 100}}})}, nullptr, AppendNothing).ok());
  CHECK_FALSE(MergeCounts({FileSaying(dir, header, {2, {{1, 13}}})}, nullptr, AppendNothing).ok());
}

}  // namespace
}  // namespace bytepiece
