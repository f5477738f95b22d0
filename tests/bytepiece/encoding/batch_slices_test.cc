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

TEST_CASE("slices put together are the documents") {
  const std::vector<std::string> documents = MakeDocuments();
  const std::vector<std::string_view> views(documents.begin(), documents.end());
  for (const bool may_cut : {false, true}) {
    std::vector<std::string> joined(documents.size());
    std::size_t slices_of_lines = 0;
    for (const BatchSlice& slice : CutDocuments(views, may_cut)) {
      CHECK(slice.begins_document == (slice.begin == 0));
      CHECK(slice.begin == joined[slice.document].size());
      joined[slice.document] += slice.text;
      CHECK(slice.ends_document ==
            (joined[slice.document].size() == documents[slice.document].size()));
      slices_of_lines += slice.document == 2;
    }
    CHECK(joined == documents);
    CHECK((slices_of_lines > 1) == may_cut);
  }
}

TEST_CASE("tasks take every slice once, in order, and share only what cannot be cut") {
  const std::vector<std::string> documents = MakeDocuments();
  const std::vector<std::string_view> views(documents.begin(), documents.end());
  const std::vector<BatchSlice> slices = CutDocuments(views, true);
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
          CHECK(slices[task.first].document == 3);
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
  const std::vector<std::string_view> views(100000, "a small document of some 40 bytes or so");
  const std::size_t tasks = GroupSlices(CutDocuments(views, true), 4, true).size();
  CHECK(tasks >= 16);
  CHECK(tasks <= 200);
}

}  // namespace
}  // namespace bytepiece
