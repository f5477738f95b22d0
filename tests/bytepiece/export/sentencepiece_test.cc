// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/export/sentencepiece.h"

#include <set>
#include <string>

#include "bytepiece/model/foreign_model.h"
#include "bytepiece/model/vocabulary.h"
#include "proto/sentencepiece_model.pb.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"

namespace bytepiece {
namespace {

using Exported = proto::sentencepiece::Model;
using Piece = Exported::Piece;

struct Read {
  SentencePieceModel made;
  Exported file;
};

Read Convert(const Model& model) {
  const absl::StatusOr<SentencePieceModel> made = ToSentencePiece(model);
  REQUIRE(made.ok());
  Read read{*made, {}};
  REQUIRE(read.file.ParseFromString(made->bytes));
  return read;
}

TEST_CASE("ids stay, whole scores are exact, and what is needed besides comes after all") {
  Model model = MakeMixedModel();
  model.special_tokens = {{"<|end|>", false}, {"<reserved_0>", true}};
  SetScores(ScoreKind::kWhole, &model);
  const absl::StatusOr<Vocabulary> vocabulary = Vocabulary::Create(model);
  REQUIRE(vocabulary.ok());
  const Read read = Convert(model);
  REQUIRE(read.file.pieces_size() == VocabSize(model) + 128);
  CHECK(read.made.added_ids == 128);
  std::set<std::string> names;
  std::int64_t normal = 0;
  std::int64_t broken = 0;
  for (TokenId id = 0; id < read.file.pieces_size(); ++id) {
    const Piece& piece = read.file.pieces(id);
    CHECK(names.insert(piece.text()).second);
    if (piece.kind() == Piece::NORMAL) {
      ++normal;
      REQUIRE(vocabulary->IsPiece(id));
      CHECK(piece.text() == vocabulary->PieceBytes(id));
      CHECK(static_cast<double>(piece.score()) == vocabulary->PieceScore(id));
    }
    broken += piece.kind() == Piece::UNUSED && piece.text().starts_with("<unused ");
  }
  CHECK(normal > 200);
  CHECK(broken == read.made.broken_pieces + read.made.zero_pieces + read.made.taken_pieces);
  CHECK(read.made.broken_pieces > 0);
  for (const TokenId id :
       {0, 1, 2, static_cast<int>(VocabSize(model)) - 2, static_cast<int>(VocabSize(model)) - 1}) {
    CHECK(read.file.pieces(id).kind() == Piece::CONTROL);
  }
  CHECK(read.file.pieces(read.file.pieces_size() - 1).kind() == Piece::UNKNOWN);
  CHECK(read.file.trainer().unknown_id() == read.file.pieces_size() - 1);
  CHECK(read.file.trainer().has_pad_id());
  CHECK_FALSE(read.file.normalizer().spell_spaces());
  CHECK(read.file.normalizer().has_spell_spaces());
  CHECK(Convert(model).made.bytes == read.made.bytes);
  const auto recognised = RecognizeForeignModel(read.made.bytes);
  REQUIRE(recognised.has_value());
  CHECK(recognised->algorithm == "Unigram");
}

TEST_CASE("all bytes are there, the others of ASCII twice") {
  const Read read = Convert(MakeModel({}));
  for (int byte = 0; byte < 256; ++byte) {
    const Piece& piece = read.file.pieces(kFirstPieceId + byte);
    const bool is_normal = byte > 0 && byte < 0x80;
    CHECK(piece.kind() == (is_normal ? Piece::NORMAL : Piece::BYTE));
    if (is_normal) {
      CHECK(piece.text() == std::string(1, static_cast<char>(byte)));
      const Piece& twin = read.file.pieces(kFirstPieceId + 256 + byte - 1);
      CHECK(twin.kind() == Piece::BYTE);
    }
  }
  CHECK(read.file.pieces(kFirstPieceId + 0xE4).text() == "<0xE4>");
  CHECK(read.file.pieces(kFirstPieceId + 256).text() == "<0x01>");
}

TEST_CASE("pieces without a place are counted, and keep their ids") {
  Model model = MakeModel({{"\xE4\xB8", 5},
                           {std::string("a\0b", 3), 5},
                           {"<0x41>", 5},
                           {"<eos>", 5},
                           {"<|end|>", 5},
                           {"<unk>", 5},
                           {"a\nb", 5}},
                          Normalization::kNfc);
  model.special_tokens = {{"<|end|>", false}};
  const Read read = Convert(model);
  CHECK(read.made.broken_pieces == 1);
  CHECK(read.made.zero_pieces == 1);
  CHECK(read.made.taken_pieces == 3);
  int unused = 0;
  for (const Piece& piece : read.file.pieces()) {
    unused += piece.kind() == Piece::UNUSED;
    if (piece.text() == "a\nb") CHECK(piece.kind() == Piece::UNUSED);
    if (piece.text() == "<unk>") CHECK(piece.kind() == Piece::NORMAL);
  }
  CHECK(unused == 6);  // of them one across lines, which is never used
  CHECK(read.file.trainer().unknown_name() == "<unk>>");
  const std::vector<std::string> notes = SentencePieceNotes(model, read.made);
  REQUIRE(notes.size() == 3);
  CHECK_THAT(notes[0], Contains("1 that are no whole characters, 1 with a NUL among other bytes, 3 "
                                "with names that are taken there"));
  CHECK_THAT(notes[1], Contains("does not normalise"));
  CHECK_THAT(notes[2], Contains("convert --scores whole"));
}

TEST_CASE("a special token called as a byte is refused") {
  Model model = MakeModel({});
  model.special_tokens = {{"<0x41>", false}};
  CHECK(
      ToSentencePiece(model).status().message() ==
      "the special token \"<0x41>\" has the name of a byte in SentencePiece; give it another one");
  CHECK_FALSE(ToSentencePiece(Model()).ok());
}

}  // namespace
}  // namespace bytepiece
