// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/compiled_model.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "bytepiece/io/mapped_file.h"
#include "bytepiece/model/compiled_file.h"
#include "bytepiece/model/model_io.h"
#include "bytepiece/model/vocabulary.h"
#include "bytepiece/segmentation/fast_viterbi.h"
#include "bytepiece/segmentation/segmenter.h"
#include "bytepiece/segmentation/viterbi.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

// Mapped, and so aligned.
class AlignedBytes {
 public:
  explicit AlignedBytes(std::string_view bytes)
      : file_(*MappedFile::Open(folder_.Write("compiled", bytes))) {}
  std::string_view bytes() const { return file_.bytes(); }

 private:
  TempDir folder_;
  MappedFile file_;
};

Model MixedModelWithTokens(ScoreKind scores = ScoreKind::kLog) {
  Model model = MakeMixedModel();
  SetScores(scores, &model);
  model.special_tokens = {{"<|end|>", false}, {"<|spare|>", true}};
  return model;
}

TEST_CASE("what is compiled is what is made") {
  const Model model = MixedModelWithTokens(GENERATE(ScoreKind::kLog, ScoreKind::kWhole));
  const auto made = Vocabulary::Create(model);
  const AlignedBytes file(*CompileModel(model));
  auto opened = OpenCompiledModel(file.bytes());
  REQUIRE(opened.ok());
  const Vocabulary vocabulary(std::move(opened->vocabulary));
  CHECK(opened->normalization == model.normalization);
  CHECK(opened->special_tokens == model.special_tokens);
  CHECK(*ParseModel(opened->model_bytes) == model);
  REQUIRE(vocabulary.size() == made->size());
  CHECK(vocabulary.max_piece_length() == made->max_piece_length());
  CHECK(vocabulary.segmenter().scanner().max_length() == made->segmenter().scanner().max_length());
  CHECK(vocabulary.segmenter().scanner().keeps_to_chunks() ==
        made->segmenter().scanner().keeps_to_chunks());
  for (TokenId id = kFirstPieceId; id < made->end_of_pieces(); ++id) {
    CHECK(vocabulary.PieceBytes(id) == made->PieceBytes(id));
    CHECK(vocabulary.PieceCount(id) == made->PieceCount(id));
    CHECK(vocabulary.PieceScore(id) == made->PieceScore(id));
    CHECK(vocabulary.FindPiece(made->PieceBytes(id)) == id);
  }
  RandomText random(3);
  FastViterbiScratch scratch;
  for (int round = 0; round < 200; ++round) {
    const std::string text = round % 2 == 0 ? random.MutatedUtf8(300) : random.Bytes(300);
    std::vector<TokenId> expected;
    AppendSegmentations(made->segmenter().scanner(), text, kFirstPieceId, &scratch, &expected);
    std::vector<TokenId> ids;
    AppendSegmentations(vocabulary.segmenter().scanner(), text, kFirstPieceId, &scratch, &ids);
    REQUIRE(ids == expected);
    ViterbiScratch plain;
    ids.clear();
    AppendSegmentation(vocabulary.segmenter().unigram(), text, kFirstPieceId, &plain, &ids);
    std::vector<TokenId> plain_expected;
    AppendSegmentation(made->segmenter().unigram(), text, kFirstPieceId, &plain, &plain_expected);
    REQUIRE(ids == plain_expected);
  }
}

TEST_CASE("the same model gives the same bytes") {
  CHECK(*CompileModel(MixedModelWithTokens()) == *CompileModel(MixedModelWithTokens()));
}

TEST_CASE("a model that is none is refused") { CHECK_FALSE(CompileModel(Model{}).ok()); }

// With a right checksum, as if the writer had been wrong.
TEST_CASE("tables that point outside one another are found") {
  const Model model = MixedModelWithTokens();
  const std::string bytes = *CompileModel(model);
  const CompiledFile file = *ParseCompiledFile(bytes, kCompiledVersion);
  const auto opens = [&](std::string_view tables) {
    const AlignedBytes changed(SerializeCompiledFile(file.model, tables, kCompiledVersion));
    return OpenCompiledModel(changed.bytes()).ok();
  };
  REQUIRE(opens(file.tables));
  for (std::size_t size = 0; size < file.tables.size(); size += 1001) {
    CAPTURE(size);
    CHECK_FALSE(opens(file.tables.substr(0, size)));
  }
  CHECK_FALSE(opens(std::string(file.tables) + std::string(64, '\0')));
  // The numbers of elements: each stands alone in its row of 64 bytes, the rest of
  // which is zero. Grown or shrunk, the tables no longer fit each other.
  int numbers = 0;
  for (std::size_t at = 0; at + 64 < file.tables.size(); at += 64) {
    if (file.tables.substr(at + 8, 56) != std::string(56, '\0')) continue;
    std::uint64_t number;
    std::memcpy(&number, file.tables.data() + at, sizeof(number));
    if (number < 256 || number > file.tables.size()) continue;
    for (const std::uint64_t wrong :
         {number - 1, number + 1, std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 61}) {
      CAPTURE(at, number, wrong);
      std::string tables(file.tables);
      std::memcpy(tables.data() + at, &wrong, sizeof(wrong));
      CHECK_FALSE(opens(tables));
    }
    ++numbers;
  }
  CHECK(numbers >= 10);
}

}  // namespace
}  // namespace bytepiece
