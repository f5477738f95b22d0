// SPDX-License-Identifier: Apache-2.0
// Memory that runs out at any allocation is a Status, or no matter: no exception leaves a function
// that returns one, and no result is another.
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/loaded_model.h"
#include "bytepiece/model/model_io.h"
#include "bytepiece/token_files/token_reader.h"
#include "bytepiece/tokenizer.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/temp_dir.h"

namespace {

thread_local long allocations_left = -1;  // until one fails; negative: none does

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = allocations_left == 0 ? nullptr : std::malloc(size > 0 ? size : 1);
  if (allocations_left >= 0) --allocations_left;
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace bytepiece {
namespace {

// What `work` gives, a Status and a result, with each of its allocations failing in turn.
void CheckEachAllocation(const std::function<absl::StatusOr<std::string>()>& work) {
  const absl::StatusOr<std::string> expected = work();
  REQUIRE(expected.ok());
  long failed = 0;
  for (long n = 0;; ++n) {
    allocations_left = n;
    const absl::StatusOr<std::string> got = work();
    const bool is_past_the_last = allocations_left >= 0;
    allocations_left = -1;
    if (got.ok()) {
      CHECK(*got == *expected);
    } else {
      CHECK(got.status().code() == absl::StatusCode::kResourceExhausted);
      CHECK(got.status().message().find("out of memory") != std::string_view::npos);
      ++failed;
    }
    if (is_past_the_last) break;
  }
  CHECK(failed > 10);
}

TEST_CASE("out of memory: reading a model") {
  const TempDir folder;
  const Model model = MakeModel({{"the", 50}, {" world", 20}});
  const std::string path = folder.File("model");
  REQUIRE(WriteModelFile(path, model).ok());
  CheckEachAllocation([&]() -> absl::StatusOr<std::string> {
    const absl::StatusOr<Model> read = ReadModelFile(path);
    if (!read.ok()) return read.status();
    return read->pieces.back().bytes;
  });
  CheckEachAllocation([&]() -> absl::StatusOr<std::string> {
    const absl::StatusOr<LoadedModel> loaded = LoadedModel::Load(path, /*trusts_tables=*/true);
    if (!loaded.ok()) return loaded.status();
    return std::string(loaded->vocabulary().PieceBytes(kFirstPieceId + 70));
  });
}

TEST_CASE("out of memory: reading tokens") {
  const TempDir folder;
  const absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Create(MakeModel({{"the", 50}, {" world", 20}}));
  REQUIRE(tokenizer.ok());
  std::string line;
  for (int i = 0; i < 1000; ++i) line += std::to_string(3 + i % 256) + " ";
  const std::string path = folder.Write("ids", line + "\n" + line + "\n");
  CheckEachAllocation([&]() -> absl::StatusOr<std::string> {
    auto reader = TokenReader::Open(path, {.format = TokenFormat::kIds}, &*tokenizer);
    if (!reader.ok()) return reader.status();
    std::string sizes;
    std::vector<TokenId> ids;
    for (bool ends = false;;) {
      const absl::StatusOr<bool> more = (*reader)->Next(&ids, &ends);
      if (!more.ok()) return more.status();
      if (!*more) return sizes;
      sizes += static_cast<char>('0' + ids.size() / 200);
    }
  });
}

}  // namespace
}  // namespace bytepiece
