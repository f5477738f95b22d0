// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/run_file_writer.h"

#include <filesystem>
#include <utility>

#include "tests/support/catch.h"
#include "tests/trainer/counts/count_files.h"

namespace bytepiece {
namespace {

TEST_CASE("a run in memory and its file hold the same blocks") {
  const TempDir dir;
  TemporaryRuns store(dir.path());
  const CountHeader header = NgramHeader(TrainerSpec(), 1);
  std::map<std::uint64_t, std::int64_t> counts;
  for (std::uint64_t i = 1; i < 30'000; ++i) counts[i << 24 | 5] = static_cast<std::int64_t>(i);
  const CountRun run = MakeNgramRun(counts, 6);
  absl::StatusOr<RunFileWriter> writer = RunFileWriter::Create(header, &store);
  REQUIRE(writer.ok());
  RunFileWriter moved = *std::move(writer);
  std::string buffer;
  for (std::size_t i = 0; i < run.blocks().size(); ++i) {
    std::string_view bytes;
    REQUIRE(run.Load(i, &buffer, &bytes).ok());
    REQUIRE(moved.AddBlock(run.blocks()[i], bytes).ok());
  }
  const absl::StatusOr<CountRun> file = std::move(moved).Finish({2, {{1, 50}}});
  REQUIRE(file.ok());
  CHECK(file->file()->header() == header);
  CHECK(file->file()->corpus() == CorpusSize{2, {{1, 50}}});
  CHECK(FileOf(header, {&*file}, {}) == FileOf(header, {&run}, {}));
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("a store that makes no file is an error at once") {
  const TempDir dir;
  TemporaryRuns none(dir.File("none"));
  CHECK_THAT(
      std::string(RunFileWriter::Create(NgramHeader(TrainerSpec(), 1), &none).status().message()),
      Contains("--temp-dir"));
}

}  // namespace
}  // namespace bytepiece
