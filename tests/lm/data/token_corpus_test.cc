// SPDX-License-Identifier: Apache-2.0
#include "lm/data/token_corpus.h"

#include "bytepiece/token_files/megatron_index.h"
#include "bytepiece/token_files/token_writer.h"
#include "tests/lm/torch_catch.h"
#include "tests/support/models.h"
#include "tests/support/temp_dir.h"

namespace bytepiece::lm {
namespace {

using Documents = std::vector<std::vector<TokenId>>;

Documents All(const TokenCorpus& corpus) {
  Documents documents;
  for (std::int64_t d = 0; d < corpus.documents(); ++d) {
    corpus.Read(d, 0, corpus.length(d), &documents.emplace_back());
  }
  return documents;
}

const Documents kDocuments = {{5, 6, 7, kEosId}, {kEosId}, {100, 259, kEosId}, {8}};

std::string WriteTokens(const TempDir& folder, const std::string& name, TokenFormat format,
                        const Documents& documents) {
  const auto tokenizer = Tokenizer::Create(bytepiece::MakeModel({{"ab", 2}}));
  auto writer = TokenWriter::Create(folder.File(name), {.format = format}, &*tokenizer);
  REQUIRE(writer.ok());
  for (const auto& ids : documents) REQUIRE((*writer)->Append(ids, {}).ok());
  REQUIRE((*writer)->Commit().ok());
  return folder.File(name);
}

constexpr std::int64_t kVocabSize = 260;

TEST_CASE("every format of packed ids is mapped as it was written") {
  const TempDir folder;
  const auto npy = MapTokens(WriteTokens(folder, "a.npy", TokenFormat::kNpy, kDocuments),
                             TokenFormat::kNpy, kVocabSize);
  const auto bin = MapTokens(WriteTokens(folder, "a.bin", TokenFormat::kBin, kDocuments),
                             TokenFormat::kBin, kVocabSize);
  WriteTokens(folder, "m", TokenFormat::kMegatron, kDocuments);
  const auto megatron = MapTokens(folder.File("m"), TokenFormat::kMegatron, kVocabSize);
  const auto by_index = MapTokens(folder.File("m.idx"), TokenFormat::kMegatron, kVocabSize);
  for (const auto* corpus : {&npy, &bin, &megatron, &by_index}) {
    REQUIRE(corpus->ok());
    CHECK(All(***corpus) == kDocuments);
    CHECK((**corpus)->tokens() == 9);
  }
  std::vector<TokenId> ids = {1, 1, 1};
  (*npy)->Read(2, 1, 3, &ids);
  CHECK(ids == std::vector<TokenId>{259, kEosId});
}

TEST_CASE("what the index of a Megatron-LM dataset says counts, not <eos>") {
  const TempDir folder;
  WriteTokens(folder, "m", TokenFormat::kMegatron, {{1, kEosId, 4}, {}, {5, 6}});
  const auto corpus = MapTokens(folder.File("m"), TokenFormat::kMegatron, kVocabSize);
  REQUIRE(corpus.ok());
  CHECK(All(**corpus) == Documents{{1, kEosId, 4}, {5, 6}});
}

TEST_CASE("ids held in memory; empty documents are left out") {
  const auto corpus = HoldTokens({{}, {1, 2}, {}, {3}});
  CHECK(All(*corpus) == Documents{{1, 2}, {3}});
  CHECK(HoldTokens({})->tokens() == 0);
}

TEST_CASE("a file that is damaged, empty or of another vocabulary is refused by name") {
  const TempDir folder;
  const std::string npy = WriteTokens(folder, "a.npy", TokenFormat::kNpy, kDocuments);
  const auto expect = [&](const std::string& path, TokenFormat format, std::int64_t vocab_size,
                          const std::string& message) {
    const auto corpus = MapTokens(path, format, vocab_size);
    REQUIRE_FALSE(corpus.ok());
    CHECK_THAT(std::string(corpus.status().message()), Contains(message));
    CHECK_THAT(std::string(corpus.status().message()), Contains(folder.path()));
  };
  expect(npy, TokenFormat::kNpy, 200, "id 259 at position 6 is outside the vocabulary of 200");
  expect(folder.File("none.npy"), TokenFormat::kNpy, kVocabSize, "No such file");
  expect(folder.path(), TokenFormat::kBin, kVocabSize, "directory");
  expect(folder.Write("empty.bin", ""), TokenFormat::kBin, kVocabSize, "holds no ids");
  expect(folder.Write("odd.bin", "abc"), TokenFormat::kBin, kVocabSize, "ends within an id");
  expect(folder.Write("short.npy", "\x93NUMPY"), TokenFormat::kNpy, kVocabSize, "short.npy: ");
  std::string header = NpyHeader(TokenType::kUint16, 9);
  expect(folder.Write("cut.npy", header + "ab"), TokenFormat::kNpy, kVocabSize,
         "cut.npy: is truncated");
  header.resize(50);
  expect(folder.Write("cut2.npy", header), TokenFormat::kNpy, kVocabSize, "cut2.npy: ");
  WriteTokens(folder, "m", TokenFormat::kMegatron, kDocuments);
  folder.Write("m.bin", "1234");
  expect(folder.File("m"), TokenFormat::kMegatron, kVocabSize, "m.bin: is truncated");
  folder.Write("m.bin", std::string(20, '\0'));
  expect(folder.File("m"), TokenFormat::kMegatron, kVocabSize, "m.bin: holds more than its index");
  folder.Write("m.idx", "junk");
  expect(folder.File("m"), TokenFormat::kMegatron, kVocabSize, "not a Megatron-LM index");
  expect(npy, TokenFormat::kIds, kVocabSize, "only npy, bin and megatron");
}

}  // namespace
}  // namespace bytepiece::lm
