// SPDX-License-Identifier: Apache-2.0
// Model: a vocabulary as data.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/model.h"
#include "bytepiece/model/model_format.h"
#include "bytepiece/model/model_io.h"
#include "bytepiece/model/spec_fields.h"
#include "python/core/arrays.h"
#include "python/core/bound_tokenizer.h"
#include "python/core/errors.h"

namespace bytepiece {
namespace {

using nb::literals::operator""_a;

ModelFormat FormatOf(std::string_view name) {
  if (name == "bytepiece") return ModelFormat::kProtobuf;
  if (name == "reference") return ModelFormat::kJson;
  if (name == "compiled") return ModelFormat::kCompiled;
  throw nb::value_error("format must be \"bytepiece\", \"reference\" or \"compiled\"");
}

std::string BytesOf(const Model& model, std::string_view format) {
  const ModelFormat wanted = FormatOf(format);
  absl::StatusOr<std::string> bytes = "";
  {
    nb::gil_scoped_release release;
    bytes = ModelToBytes(model, wanted);
  }
  return ValueOrThrow(std::move(bytes));
}

nb::object ValueOf(bool value) { return nb::bool_(value); }
nb::object ValueOf(int value) { return nb::int_(value); }
nb::object ValueOf(std::int64_t value) { return nb::int_(value); }
nb::object ValueOf(double value) { return nb::float_(value); }
template <typename T>
nb::object ValueOf(const std::vector<T>& values) {
  nb::list list;
  for (const T& value : values) list.append(nb::cast(value));
  return list;
}
template <typename Choice>
nb::object ValueOf(Choice value) {
  return nb::str(SpecText(value).c_str());
}

nb::object ProvenanceOf(const Model& model) {
  if (!model.provenance) return nb::none();
  const Provenance& provenance = *model.provenance;
  nb::dict result;
  result["vocab_size"] = provenance.vocab_size;
  result["corpus_documents"] = provenance.corpus_documents;
  result["corpus_bytes"] = provenance.corpus_bytes;
  nb::list mixture;
  for (const WeightedText& text : provenance.mixture) {
    mixture.append(nb::make_tuple(text.weight_numerator, text.weight_denominator, text.bytes));
  }
  result["mixture"] = mixture;
  nb::dict options;
  VisitSpecFields([&](const SpecField& field, auto member) {
    if (field.Matters(provenance.spec)) options[field.name] = ValueOf(provenance.spec.*member);
  });
  result["options"] = options;
  return result;
}

nb::list PiecesOf(const Model& model) {
  nb::list pieces;
  for (const Piece& piece : model.pieces) {
    pieces.append(nb::make_tuple(nb::bytes(piece.bytes.data(), piece.bytes.size()), piece.count));
  }
  return pieces;
}

nb::list SpecialTokensOf(const Model& model) {
  nb::list tokens;
  for (const SpecialToken& token : model.special_tokens) {
    tokens.append(nb::make_tuple(token.text, token.reserved));
  }
  return tokens;
}

// From [(bytes, count), ...] and special tokens, as the reference keeps them.
Model ModelOf(nb::handle pieces, nb::handle special_tokens, bool nfc) {
  Model model;
  model.normalization = nfc ? Normalization::kNfc : Normalization::kNone;
  for (const nb::handle item : nb::iter(pieces)) {
    const nb::bytes bytes = nb::cast<nb::bytes>(item[0]);
    model.pieces.push_back(
        {std::string(bytes.c_str(), bytes.size()), nb::cast<std::int64_t>(item[1])});
  }
  for (const nb::handle token : nb::iter(special_tokens)) {
    model.special_tokens.push_back({nb::cast<std::string>(token), false});
  }
  ThrowIfError(ValidateModel(model));
  return model;
}

}  // namespace

void BindModels(nb::module_* module) {
  nb::class_<Model> type(*module, "Model", "The part of a model that is C++.");
  type.def(
      "__init__",
      [](Model* self, nb::bytes data) {
        const std::string_view bytes(data.c_str(), data.size());
        new (self) Model(ValueOrThrow(ModelFromBytes(bytes)));
      },
      "data"_a);
  type.def(
      "__init__", [](Model* self, const Model& other) { new (self) Model(other); }, "model"_a);
  type.def_static(
      "read", [](const std::string& path) { return ValueOrThrow(ReadModelFile(path)); }, "path"_a);
  type.def_static("of_pieces", &ModelOf, "pieces"_a, "special_tokens"_a, "nfc"_a,
                  nb::sig("def of_pieces(pieces: collections.abc.Iterable[tuple[bytes, int]], "
                          "special_tokens: collections.abc.Iterable[str], nfc: bool) -> Model"));
  type.def(
      "to_bytes",
      [](const Model& self, std::string_view format) {
        const std::string bytes = BytesOf(self, format);
        return nb::bytes(bytes.data(), bytes.size());
      },
      "format"_a = "bytepiece",
      R"(The model as a file holds it.

format: "bytepiece" holds everything; "reference" is the JSON of the Python bytepiece (ValueError
    if it has no place for what the model holds); "compiled" is to be mapped into memory.
)");
  type.def(
      "write",
      [](const Model& self, const std::string& path, std::string_view format) {
        ThrowIfError(WriteFile(path, BytesOf(self, format)));
      },
      "path"_a, "format"_a);
  type.def_prop_ro(
      "vocab_size", [](const Model& self) { return VocabSize(self); },
      "The number of ids: control tokens, pieces and special tokens.");
  type.def_prop_ro(
      "scores", [](const Model& self) { return ScoreKindName(ScoresOf(self)); },
      "How pieces are scored: \"whole\" numbers, whose sums are exact, or \"log\"arithms.");
  type.def_prop_ro(
      "normalization",
      [](const Model& self) { return self.normalization == Normalization::kNfc ? "nfc" : "none"; },
      "What is done to text first: \"nfc\" or \"none\".");
  type.def("pieces", &PiecesOf, nb::sig("def pieces(self) -> list[tuple[bytes, int]]"),
           "All pieces with their counts, by id from 3 on.");
  type.def("special_token_list", &SpecialTokensOf,
           nb::sig("def special_token_list(self) -> list[tuple[str, bool]]"),
           "The special tokens, and whether each is only reserved.");
  type.def_prop_ro("provenance_dict", &ProvenanceOf,
                   nb::sig("def provenance_dict(self) -> dict[str, typing.Any] | None"));
  type.def(
      "set_scores",
      [](Model* self, std::string_view scores) {
        if (scores != "whole" && scores != "log") {
          throw nb::value_error("scores must be \"whole\" or \"log\"");
        }
        SetScores(scores == "whole" ? ScoreKind::kWhole : ScoreKind::kLog, self);
      },
      "scores"_a);
  type.def(
      "add_special_token",
      [](Model* self, const std::string& text) {
        Model changed = *self;
        AddSpecialToken(text, &changed);
        ThrowIfError(ValidateModel(changed));
        *self = std::move(changed);
      },
      "text"_a);
  type.def(
      "equals", [](const Model& self, const Model& other) { return self == other; }, "other"_a);
}

}  // namespace bytepiece
