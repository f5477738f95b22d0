// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/model_io.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/base/fnv1a.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/compiled_file.h"
#include "bytepiece/model/foreign_model.h"
#include "bytepiece/model/model_io_spec.h"
#include "bytepiece/model/model_json.h"
#include "proto/bytepiece_model.pb.h"

namespace bytepiece::inline v0 {
namespace {

constexpr std::uint32_t kMagic = 0x314D5042;  // "BPM1", little-endian
constexpr std::uint32_t kLogVersion = 1;      // scores are logarithms, and not stored
constexpr std::uint32_t kWholeVersion = 2;    // scores are whole numbers, and stored
constexpr std::size_t kMaxFileSize = std::numeric_limits<int>::max();  // of Protocol Buffers

absl::StatusOr<Provenance> ReadProvenance(const proto::Provenance& in) {
  absl::StatusOr<TrainerSpec> spec = FromProto(in.trainer());
  if (!spec.ok()) return spec.status();
  Provenance provenance;
  provenance.spec = *std::move(spec);
  provenance.vocab_size = in.vocab_size();
  provenance.corpus_documents = in.corpus_documents();
  provenance.corpus_bytes = in.corpus_bytes();
  if (in.options_digest() != OptionsDigest(provenance.spec)) {
    return DamagedModel("the settings do not match their digest");
  }
  if (in.vocab_size() < 0 || in.corpus_documents() < 0 || in.corpus_bytes() < 0) {
    return DamagedModel("a size in its provenance is negative");
  }
  std::int64_t left = in.corpus_bytes();
  for (const proto::WeightedText& text : in.mixture()) {
    if (text.weight_numerator() < 1 || text.weight_denominator() < 1 || text.bytes() < 0 ||
        text.bytes() > left) {
      return DamagedModel("the mixture it was trained on is none");
    }
    left -= text.bytes();
    provenance.mixture.push_back(
        {text.weight_numerator(), text.weight_denominator(), text.bytes()});
  }
  if (in.mixture_size() > 0 && left > 0) {
    return DamagedModel("the mixture it was trained on is not all of the corpus");
  }
  return provenance;
}

bool HasUnknownFields(const google::protobuf::Message& message) {
  return !message.GetReflection()->GetUnknownFields(message).empty();
}

// A later version may add fields; a file of this version that has others was
// not written by us, and reading on would lose them silently.
bool HasUnknownFieldsAnywhere(const proto::Model& model) {
  const proto::TrainerSpec& trainer = model.provenance().trainer();
  if (HasUnknownFields(model) || HasUnknownFields(model.normalizer()) ||
      HasUnknownFields(model.provenance()) || HasUnknownFields(trainer) ||
      HasUnknownFields(trainer.normalization())) {
    return true;
  }
  const auto any = [](const auto& messages) {
    if (messages.empty()) return false;
    const google::protobuf::Reflection& reflection = *messages[0].GetReflection();
    return std::any_of(messages.begin(), messages.end(), [&reflection](const auto& message) {
      return !reflection.GetUnknownFields(message).empty();
    });
  };
  return any(model.provenance().mixture()) || any(model.pieces()) || any(model.special_tokens());
}

// Magic, version and checksum: tags and values, always 16 bytes.
std::string Header(std::uint32_t version, std::string_view body) {
  proto::Model header;
  header.set_magic(kMagic);
  header.set_version(version);
  header.set_checksum(Fnv1a(body));
  return header.SerializeAsString();
}

// Refuses what is not ours, or later, or damaged by accident, before anything is
// parsed.
absl::Status CheckHeader(std::string_view bytes) {
  constexpr std::size_t kMagicSize = 5;
  constexpr std::size_t kVersionAt = 6;
  constexpr std::size_t kSize = 16;
  const unsigned version =
      bytes.size() > kVersionAt ? static_cast<unsigned char>(bytes[kVersionAt]) : 0;
  const std::string expected = Header(version == kWholeVersion ? kWholeVersion : kLogVersion,
                                      bytes.substr(std::min(bytes.size(), kSize)));
  if (bytes.substr(0, kMagicSize) != std::string_view(expected).substr(0, kMagicSize)) {
    return absl::InvalidArgumentError("not a BytePiece model");
  }
  if (version > kWholeVersion) {
    return absl::InvalidArgumentError(
        absl::StrCat("the model's format is of a later version than ", kWholeVersion,
                     ", which this program reads; upgrade bytepiece"));
  }
  if (bytes.substr(0, kSize) != expected) {
    return DamagedModel("its checksum is not that of its content; get the file again");
  }
  return absl::OkStatus();
}

// Pieces come first and special tokens after them, ids without a gap.
absl::Status TakePieces(proto::Model* in, Model* model) {
  TokenId next_id = kFirstPieceId;
  model->pieces.reserve(static_cast<std::size_t>(in->pieces_size()));
  for (proto::Piece& piece : *in->mutable_pieces()) {
    if (piece.id() != next_id++) return DamagedModel("the pieces' ids are not 3, 4, 5, ...");
    model->pieces.push_back({std::move(*piece.mutable_bytes()), piece.count()});
  }
  for (proto::SpecialToken& token : *in->mutable_special_tokens()) {
    if (token.id() != next_id++) {
      return DamagedModel("the special tokens' ids do not follow the pieces'");
    }
    model->special_tokens.push_back({std::move(*token.mutable_text()), token.reserved()});
  }
  return absl::OkStatus();
}

// Takes the scores of the version, and no others. ValidateModel does the rest.
absl::Status TakeScores(const proto::Model& in, Model* model) {
  const bool has_scores = in.negated_whole_scores_size() > 0;
  if (has_scores != (in.version() == kWholeVersion)) {
    return DamagedModel(has_scores ? "it has whole scores, which its format version does not know"
                                   : "the whole scores of its format version are missing");
  }
  model->whole_scores.reserve(static_cast<std::size_t>(in.negated_whole_scores_size()));
  for (const std::uint32_t score : in.negated_whole_scores()) {
    if (score > static_cast<std::uint32_t>(-kLeastWholeScore)) {
      return DamagedModel(
          absl::StrCat("there is a whole score of -", score, ", below ", kLeastWholeScore));
    }
    model->whole_scores.push_back(static_cast<std::int16_t>(-static_cast<int>(score)));
  }
  return absl::OkStatus();
}

}  // namespace

std::uint64_t OptionsDigest(const TrainerSpec& spec) {
  proto::TrainerSpec settings;
  ToProto(spec, &settings);
  return Fnv1a(settings.SerializeAsString());
}

std::string SerializeModel(const Model& model) {
  proto::Model out;
  ToProto(model.normalization, out.mutable_normalizer());
  out.set_pieces_are_unicode(model.pieces_are_unicode);
  if (model.provenance.has_value()) {
    proto::Provenance& provenance = *out.mutable_provenance();
    ToProto(model.provenance->spec, provenance.mutable_trainer());
    provenance.set_vocab_size(model.provenance->vocab_size);
    provenance.set_corpus_documents(model.provenance->corpus_documents);
    provenance.set_corpus_bytes(model.provenance->corpus_bytes);
    provenance.set_options_digest(OptionsDigest(model.provenance->spec));
    for (const WeightedText& text : model.provenance->mixture) {
      proto::WeightedText& added = *provenance.add_mixture();
      added.set_weight_numerator(text.weight_numerator);
      added.set_weight_denominator(text.weight_denominator);
      added.set_bytes(text.bytes);
    }
  }
  TokenId id = kFirstPieceId;
  for (const Piece& piece : model.pieces) {
    proto::Piece& added = *out.add_pieces();
    added.set_bytes(piece.bytes);
    added.set_count(piece.count);
    added.set_id(id++);
  }
  for (const SpecialToken& token : model.special_tokens) {
    proto::SpecialToken& added = *out.add_special_tokens();
    added.set_id(id++);
    added.set_text(token.text);
    added.set_reserved(token.reserved);
  }
  for (const std::int16_t score : model.whole_scores) {
    out.add_negated_whole_scores(static_cast<std::uint32_t>(-score));
  }
  const std::string body = out.SerializeAsString();
  return Header(ScoresOf(model) == ScoreKind::kWhole ? kWholeVersion : kLogVersion, body) + body;
}

absl::StatusOr<Model> ParseModel(std::string_view bytes) {
  if (absl::Status status = CheckHeader(bytes); !status.ok()) return status;
  if (bytes.size() > kMaxFileSize) {
    return absl::InvalidArgumentError("it is larger than a model can be");
  }
  google::protobuf::Arena arena;  // else each piece is an allocation or two
  proto::Model& in = *google::protobuf::Arena::CreateMessage<proto::Model>(&arena);
  if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return DamagedModel("it is not Protocol Buffers");
  }
  if (HasUnknownFieldsAnywhere(in)) {
    return DamagedModel("it has fields that its format version does not know");
  }

  Model model;
  const absl::StatusOr<Normalization> normalization = FromProto(in.normalizer());
  if (!normalization.ok()) return normalization.status();
  model.normalization = *normalization;
  model.pieces_are_unicode = in.pieces_are_unicode();
  if (in.has_provenance()) {
    absl::StatusOr<Provenance> provenance = ReadProvenance(in.provenance());
    if (!provenance.ok()) return provenance.status();
    model.provenance = *std::move(provenance);
  }
  if (absl::Status status = TakePieces(&in, &model); !status.ok()) return status;
  if (absl::Status status = TakeScores(in, &model); !status.ok()) return status;
  if (absl::Status status = ValidateModel(model); !status.ok()) {
    return DamagedModel(std::string(status.message()));
  }
  return model;
}

absl::StatusOr<Model> ModelFromBytes(std::string_view bytes) {
  if (IsCompiledFile(bytes)) {
    const absl::StatusOr<std::string_view> model = ModelInCompiledFile(bytes);
    return model.ok() ? ParseModel(*model) : model.status();
  }
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  const bool is_json = first != bytes.npos && bytes[first] == '{';
  return is_json ? ParseReferenceJson(bytes) : ParseModel(bytes);
}

absl::StatusOr<Model> ReadModelFile(const std::string& path) {
  const absl::StatusOr<std::string> bytes =
      CatchExceptions([&] { return ReadFile(path, kMaxFileSize); });
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<Model> model = CatchExceptions([&] { return ModelFromBytes(*bytes); });
  if (model.ok()) return model;
  if (const std::optional<ForeignModel> foreign = RecognizeForeignModel(*bytes)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", DescribeForeignModel(*foreign)));
  }
  return absl::Status(model.status().code(), absl::StrCat(path, ": ", model.status().message()));
}

absl::Status WriteModelFile(const std::string& path, const Model& model) {
  if (absl::Status status = ValidateModel(model); !status.ok()) return status;
  return WriteFile(path, SerializeModel(model));
}

}  // namespace bytepiece::inline v0
