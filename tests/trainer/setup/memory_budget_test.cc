// SPDX-License-Identifier: Apache-2.0
#include "trainer/setup/memory_budget.h"

#include <string>

#include "tests/support/catch.h"
#include "trainer/setup/options.h"

namespace bytepiece {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

TEST_CASE("what the budget gives out is within the limit") {
  for (const int threads : {1, 2, 8, 64}) {
    for (const std::int64_t mib : {64, 100, 150, 400, 2000, 8000, 100000}) {
      CAPTURE(threads, mib);
      const absl::StatusOr<MemoryBudget> budget = DivideMemory(mib * kMiB, threads);
      if (!budget.ok()) {
        CHECK(mib < 32 + 28 * threads);
        CHECK_THAT(std::string(budget.status().message()), Contains("raise --memory-limit"));
        continue;
      }
      CHECK(budget->batch_bytes > 0);
      CHECK(budget->ngram_buffer_keys > 0);
      CHECK(budget->run_bytes > 0);
      // Counting: text read and worked on, keys and scratch, runs and what one
      // batch adds to them.
      const std::int64_t keys = threads * budget->ngram_buffer_keys;
      CHECK(threads * 2 * budget->batch_bytes + 16 * keys + budget->run_bytes + 5 * keys <
            budget->limit);
      CHECK(budget->work_bytes < budget->limit);
      CHECK(budget->work_bytes > 0);
    }
  }
}

TEST_CASE("sizes are parsed as people write them") {
  CHECK(*ParseMemorySize("2G") == std::int64_t{2} << 30);
  CHECK(*ParseMemorySize("512M") == 512 * kMiB);
  CHECK(*ParseMemorySize("512MiB") == 512 * kMiB);
  CHECK(*ParseMemorySize("512mB") == 512 * kMiB);
  CHECK(*ParseMemorySize("1.5k") == 1536);
  CHECK(*ParseMemorySize("1T") == std::int64_t{1} << 40);
  CHECK(*ParseMemorySize("1000000") == 1000000);
  for (const char* bad : {"", "G", "2X", "-1G", "0", "2G5", "1e30T", "nan", "inf", "2 G"}) {
    CAPTURE(bad);
    CHECK_FALSE(ParseMemorySize(bad).ok());
  }
  CHECK(FormatMemorySize(1) == "1 byte");
  CHECK(FormatMemorySize(2) == "2 bytes");
  CHECK(FormatMemorySize(64 << 10) == "64k");
  CHECK(FormatMemorySize(300 * kMiB) == "300M");
  CHECK(FormatMemorySize(1536 * kMiB) == "1.5G");
}

TEST_CASE("a limit beyond all machines is divided like a large one") {
  for (const int threads : {1, 1024}) {
    const auto most = DivideMemory(*ParseMemorySize("4194303T"), threads);
    REQUIRE(most.ok());
    CHECK(most->run_bytes > std::int64_t{1} << 54);
    CHECK(most->work_bytes > most->run_bytes);
    CHECK(most->work_bytes <= most->limit);
  }
}

TEST_CASE("the machine says what it has") {
  CHECK(DefaultMemoryLimit() > 0);
  CHECK(ResidentBytes() > kMiB);
  CHECK(PeakResidentBytes() >= ResidentBytes());
}

TEST_CASE("unless threads are asked for, there are no more than the limit has room for") {
  const auto one = PrepareMemory(60 * kMiB, 0);
  REQUIRE(one.ok());
  CHECK(one->threads == 1);
  CHECK_FALSE(PrepareMemory(60 * kMiB, 2).ok());
  const auto all = PrepareMemory(std::int64_t{1} << 40, 0);
  REQUIRE(all.ok());
  CHECK(all->threads == EffectiveThreads(0));
  CHECK(PrepareMemory(std::int64_t{1} << 40, 3)->threads == 3);
}

}  // namespace
}  // namespace bytepiece
