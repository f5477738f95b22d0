// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/encoding/batch_slices.h"

#include <string>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

std::vector<std::string> MakeDocuments() {
  std::string lines;
  while (lines.size() < std::size_t{3} << 20) lines += "some line or other\n";
  return {"short", "", lines, std::string(std::size_t{6} << 20, 'a'), "last"};
}

std::vector<TextPart> PartsOf(const std::vector<std::string>& documents) {
  std::vector<TextPart> parts;
  for (const std::string& document : documents) parts.push_back({document});
  return parts;
}

TEST_CASE("slices put together are the documents") {
  const std::vector<std::string> documents = MakeDocuments();
  const std::vector<TextPart> parts = PartsOf(documents);
  for (const bool may_cut : {false, true}) {
    std::vector<std::string> joined(documents.size());
    std::size_t slices_of_lines = 0;
    for (const BatchSlice& slice : CutParts(parts, may_cut)) {
      CHECK(slice.begins_document == (slice.begin == 0));
      CHECK(slice.begin == static_cast<std::int64_t>(joined[slice.part].size()));
      joined[slice.part] += slice.text;
      CHECK(slice.ends_part == (joined[slice.part].size() == documents[slice.part].size()));
      CHECK(slice.ends_document == slice.ends_part);
      slices_of_lines += slice.part == 2;
    }
    CHECK(joined == documents);
    CHECK((slices_of_lines > 1) == may_cut);
  }
}

TEST_CASE("slices of a document's parts know where they stand in it") {
  const std::string lines = MakeDocuments()[2];
  const std::vector<TextPart> parts = {{lines, 7, true, false}, {lines, 9'000'000, false, false}};
  const std::vector<BatchSlice> slices = CutParts(parts, true);
  REQUIRE(slices.size() > 4);
  std::size_t seconds = 0;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    CHECK(slices[i].begins_document == (i == 0));
    CHECK_FALSE(slices[i].ends_document);
    CHECK(slices[i].begin == parts[slices[i].part].begin + (slices[i].text.data() - lines.data()));
    seconds += slices[i].part;
  }
  CHECK(seconds == slices.size() / 2);
}

TEST_CASE("tasks take every slice once, in order, and share only what cannot be cut") {
  const std::vector<std::string> documents = MakeDocuments();
  const std::vector<BatchSlice> slices = CutParts(PartsOf(documents), true);
  for (const int threads : {1, 2, 16}) {
    for (const bool may_share : {false, true}) {
      std::size_t next = 0;
      std::size_t shared = 0;
      for (const BatchTask& task : GroupSlices(slices, threads, may_share)) {
        CHECK(task.first == next);
        CHECK(task.last > task.first);
        next = task.last;
        if (task.on_all_threads) {
          ++shared;
          CHECK(slices[task.first].part == 3);
        }
      }
      CHECK(next == slices.size());
      CHECK(shared == (may_share && threads > 1 ? 1 : 0));
    }
  }
  CHECK(GroupSlices(slices, 1, true).size() == 1);
  CHECK(GroupSlices({}, 4, true).empty());
}

TEST_CASE("many small documents are as many tasks as threads need") {
  const std::vector<TextPart> parts(100000, {"a small document of some 40 bytes or so"});
  const std::size_t tasks = GroupSlices(CutParts(parts, true), 4, true).size();
  CHECK(tasks >= 16);
  CHECK(tasks <= 200);
}

}  // namespace
}  // namespace bytepiece
