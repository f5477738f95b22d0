// SPDX-License-Identifier: Apache-2.0
#include "trainer/passes/work_dir.h"

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/trainer/counts/count_files.h"

namespace bytepiece {
namespace {

constexpr std::uint64_t kA = (std::uint64_t{'a'} << 56) | 1;

std::string Error(const std::string& path, const std::string& identity) {
  return std::string(WorkDir::Open(path, identity).status().message());
}

TEST_CASE("a folder gives back what was saved last, and forgets what was not") {
  const TempDir dir;
  const std::string path = dir.File("new/work");
  const CountHeader header = NgramHeader(TrainerSpec(), 1);
  WorkDir::State saved;
  {
    auto work = WorkDir::Open(path, "x 1\n");
    REQUIRE(work.ok());
    CHECK((*work)->state().stage == WorkDir::Stage::kNgrams);
    RunSet runs(header, work->get());
    runs.Add(MakeNgramRun({{kA, 2}}, 6));
    REQUIRE(runs.Spill(1).ok());
    saved.counting = {{5, 4, {~std::uint64_t{0}, 17}}, {{2, 90}, {7, 9}}};
    saved.corpus = {7, {{3, 1234}}};
    saved.inputs = {1, 2, 3};
    REQUIRE((*work)->Save(saved, &runs, nullptr).ok());
    // Spilled, but never saved: a later run counts it again.
    runs.Add(MakeNgramRun({{kA, 40}}, 6));
    REQUIRE(runs.Spill(1).ok());
    CHECK_THAT(Error(path, "x 1\n"), Contains("is in use by another run"));
  }
  auto work = WorkDir::Open(path, "x 1\n");
  REQUIRE(work.ok());
  CHECK((*work)->state().counting.position == saved.counting.position);
  CHECK((*work)->state().inputs == saved.inputs);
  CHECK((*work)->state().counting.corpus() == CorpusSize{4, {{2, 90}, {7, 9}}});
  CHECK((*work)->state().corpus == CorpusSize{7, {{3, 1234}}});
  RunSet runs(header, work->get());
  REQUIRE((*work)->Restore(CountKind::kNgrams, &runs).ok());
  std::int64_t count = 0;
  const RunPointers pointers = runs.runs();
  REQUIRE(MergeNgrams(pointers, 6, 0, kNoNgram, [&](std::uint64_t, std::int64_t n) {
            count += n;
          }).ok());
  CHECK(count == 2);
  // A new file takes no name that is in use.
  runs.Add(MakeNgramRun({{kA, 1}}, 6));
  REQUIRE(runs.Spill(1).ok());
  CHECK(runs.num_files() == 2);
  REQUIRE((*work)->Save(saved, nullptr, nullptr).ok());
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    files += entry.path().extension() == ".counts";
  }
  CHECK(files == 0);
}

TEST_CASE("a folder of another run, or of something else, is refused") {
  const TempDir dir;
  const std::string path = dir.File("work");
  REQUIRE(WorkDir::Open(path, "order 6\nsize 10\n").ok());
  CHECK_THAT(Error(path, "order 6\nsize 11\n"),
             Contains("other options or another input (there: size 10; now: size 11)"));
  CHECK_THAT(Error(path, "order 6\n"), Contains("(there: size 10; now: no size)"));
  CHECK_THAT(Error(path, "order 6\nnew 2\nsize 10\n"), Contains("(there: no new; now: new 2)"));
  CHECK_THAT(Error(path, "order 6\nsize 10\nsize 10\n"),
             Contains("(there: nothing; now: size 10)"));
  dir.Write("else/thesis.txt", "mine");
  CHECK_THAT(Error(dir.File("else"), "x\n"), Contains("holds something else (thesis.txt)"));
  CHECK_FALSE(std::filesystem::exists(dir.File("else/lock")));
  dir.Write("file", "");
  CHECK_THAT(Error(dir.File("file"), "x\n"), Contains("cannot create the work folder"));
  dir.Write("work/state", "bytepiece-work 3\n0\n");
  CHECK_THAT(Error(path, "order 6\nsize 10\n"), Contains("is damaged"));
  // Files of names that no run gives, so none outside the folder; numbers that are none.
  for (const char* rest : {"0\n0 0 0\n0 0\n0\n0\n1 0\n../0.counts\nend\n",
                           "0\n0 0 0\n0 0\n0\n0\n1 0\n99999999999999999999.counts\nend\n",
                           "0\n0 0 0\n0 0\n0\n0\n2 0\n0.counts\nend\n",
                           "0\n0 x 0\n0 0\n0\n0\n0 0\nend\n", "3\n0 0 0\n0 0\n0\n0\n0 0\nend\n"}) {
    CAPTURE(rest);
    dir.Write("work/state", std::string("bytepiece-work 3\n") + rest);
    CHECK_THAT(Error(path, "order 6\nsize 10\n"), Contains("is damaged"));
  }
  dir.Write("work/state", "bytepiece-work 3\n0\n0 0 0\n0 0\n0\n0\n0 0\nend\n");
  CHECK(WorkDir::Open(path, "order 6\nsize 10\n").ok());
  dir.Write("work/state", "bytepiece-work 2\n0\n0 0 0\n0 0\n0 0\nend\n");
  CHECK_THAT(Error(path, "order 6\nsize 10\n"), Contains("is of an earlier version"));
}

}  // namespace
}  // namespace bytepiece
