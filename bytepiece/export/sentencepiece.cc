// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/export/sentencepiece.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "bytepiece/base/quoted.h"
#include "bytepiece/base/utf8.h"
#include "bytepiece/export/exported_score.h"
#include "bytepiece/model/scores_in_nats.h"
#include "proto/sentencepiece_model.pb.h"

namespace bytepiece::inline v0 {
namespace {

using Exported = proto::sentencepiece::Model;
using ExportedPiece = Exported::Piece;

constexpr int kLastAscii = 0x7F;

std::string ByteName(int byte) { return absl::StrFormat("<0x%02X>", byte); }

// Adds one token after the other, each with a name that no other has.
class PieceWriter {
 public:
  explicit PieceWriter(Exported* model) : model_(model) {}

  // Names that come later and must be free then.
  void Reserve(std::string name) { taken_.insert(std::move(name)); }
  bool IsTaken(const std::string& name) const { return taken_.contains(name); }

  void Add(std::string name, double score, ExportedPiece::Kind kind) {
    ExportedPiece* piece = model_->add_pieces();
    piece->set_score(static_cast<float>(score));
    piece->set_kind(kind);
    taken_.insert(name);
    piece->set_text(std::move(name));
  }

  // A token that keeps its id and nothing else. It is named by that, the name lengthened until it
  // is free.
  void AddUnused() {
    std::string name = absl::StrCat("<unused ", model_->pieces_size(), ">");
    while (IsTaken(name)) name += ">";
    Add(std::move(name), 0, ExportedPiece::UNUSED);
  }

  int size() const { return model_->pieces_size(); }

 private:
  Exported* model_;
  std::set<std::string> taken_;
};

// A name that no piece or token has, so that none has to give way.
std::string UnknownName(const Model& model) {
  std::set<std::string_view> names;
  for (const Piece& piece : model.pieces) names.insert(piece.bytes);
  for (const SpecialToken& token : model.special_tokens) names.insert(token.text);
  std::string name = "<unk>";
  while (names.contains(name)) name += ">";
  return name;
}

// Counts what has no place in `lost`.
void AddPiece(const std::string& bytes, double score, PieceWriter* writer,
              SentencePieceModel* lost) {
  const auto byte = static_cast<unsigned char>(bytes[0]);
  const bool is_byte_alone = bytes.size() == 1;
  // The byte 0 is a character there, but no piece can be of it.
  if (is_byte_alone && (byte == 0 || byte > kLastAscii)) {
    writer->Add(ByteName(byte), 0, ExportedPiece::BYTE);
    return;
  }
  if (!IsValidUtf8(bytes)) {
    ++lost->broken_pieces;
  } else if (bytes.find('\0') != bytes.npos) {
    ++lost->zero_pieces;
  } else if (writer->IsTaken(bytes)) {
    ++lost->taken_pieces;
  } else {
    writer->Add(bytes, score, CrossesChunks(bytes) ? ExportedPiece::UNUSED : ExportedPiece::NORMAL);
    return;
  }
  writer->AddUnused();
}

void SetUp(const Exported::Piece& unknown, Exported* exported) {
  Exported::Trainer* trainer = exported->mutable_trainer();
  trainer->set_algorithm(Exported::Trainer::UNIGRAM);
  trainer->set_vocab_size(exported->pieces_size());
  trainer->set_byte_fallback(true);
  trainer->set_unknown_id(exported->pieces_size() - 1);
  trainer->set_pad_id(kPadId);
  trainer->set_bos_id(kBosId);
  trainer->set_eos_id(kEosId);
  trainer->set_unknown_name(unknown.text());
  trainer->set_pad_name(ControlTokenText(kPadId));
  trainer->set_bos_name(ControlTokenText(kBosId));
  trainer->set_eos_name(ControlTokenText(kEosId));
  Exported::Normalizer* normalizer = exported->mutable_normalizer();
  normalizer->set_name("identity");
  normalizer->set_add_space_before(false);
  normalizer->set_drop_extra_spaces(false);
  normalizer->set_spell_spaces(false);
}

}  // namespace

absl::StatusOr<SentencePieceModel> ToSentencePiece(const Model& model) {
  if (absl::Status status = ValidateModel(model); !status.ok()) return status;
  SentencePieceModel made;
  Exported exported;
  PieceWriter writer(&exported);
  for (int byte = 0; byte < 256; ++byte) writer.Reserve(ByteName(byte));
  for (const SpecialToken& token : model.special_tokens) {
    if (writer.IsTaken(token.text)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the special token ", Quoted(token.text),
                       " has the name of a byte in SentencePiece; give it another one"));
    }
  }
  for (const SpecialToken& token : model.special_tokens) writer.Reserve(token.text);
  for (TokenId id = 0; id < kNumControlTokens; ++id) {
    writer.Add(ControlTokenText(id), 0, ExportedPiece::CONTROL);
  }
  const LargeVector<double> scores = ScoresInNats(model);
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    AddPiece(model.pieces[i].bytes, scores[i], &writer, &made);
  }
  for (const SpecialToken& token : model.special_tokens) {
    writer.Add(token.text, 0, ExportedPiece::CONTROL);
  }
  const int own_ids = writer.size();
  for (int byte = 1; byte <= kLastAscii; ++byte) {
    writer.Add(ByteName(byte), 0, ExportedPiece::BYTE);
  }
  writer.Add(UnknownName(model), 0, ExportedPiece::UNKNOWN);
  made.added_ids = writer.size() - own_ids;
  SetUp(exported.pieces(writer.size() - 1), &exported);
  made.bytes = exported.SerializeAsString();
  return made;
}

std::vector<std::string> SentencePieceNotes(const Model& model,
                                            const SentencePieceModel& exported) {
  std::vector<std::string> notes;
  std::vector<std::string> lost;
  const auto add = [&lost](std::int64_t count, const char* what) {
    if (count > 0) lost.push_back(absl::StrCat(count, " ", what));
  };
  add(exported.broken_pieces, "that are no whole characters");
  add(exported.zero_pieces, "with a NUL among other bytes");
  add(exported.taken_pieces, "with names that are taken there");
  if (!lost.empty()) {
    notes.push_back(
        absl::StrCat("warning: SentencePiece has no place for pieces: ", absl::StrJoin(lost, ", "),
                     "; texts that use them get other ids there"));
  }
  notes.push_back(absl::StrCat(
      "note: SentencePiece gives characters that are no piece one score for all their bytes, ",
      model.normalization == Normalization::kNfc ? "does not normalise (give it NFC), " : "",
      "reads U+2581 in pieces as a space when it decodes, and has ", exported.added_ids,
      " more ids, which no text needs; most ids are the same (docs/exports.md)"));
  if (ScoresOf(model) == ScoreKind::kLog) {
    notes.push_back(
        "warning: the model scores by logarithms, which SentencePiece rounds to 24 bits: some ids "
        "differ; convert --scores whole keeps scores exact");
  }
  return notes;
}

}  // namespace bytepiece::inline v0
