// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/model_json.h"

#include <simdjson.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "bytepiece/base/utf8.h"

namespace bytepiece {
namespace {

// The text that Python's bytes.decode("utf-8", errors="ignore") leaves. It may drop several
// bytes at once where this drops them one by one, but all of them are
// continuation bytes, which decode to nothing on their own.
std::string DecodableText(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const Utf8Char c = DecodeUtf8Char(bytes);
    if (c.valid) text.append(bytes.substr(0, c.length));
    bytes.remove_prefix(c.length);
  }
  return text;
}

std::string Base64(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

// `key` is as it stands in the file, not yet known to be base64.
absl::Status BadEntry(std::string_view key, std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("piece \"", absl::CHexEscape(std::string(key.substr(0, 60))),
                   key.size() > 60 ? "..." : "", "\": ", std::string(what)));
}

struct Entry {
  std::string_view key;
  std::int64_t id = 0;
  Piece piece;
};

absl::StatusOr<Entry> ParseEntry(std::string_view key, simdjson::dom::element value) {
  Entry entry;
  entry.key = key;
  // Writing it again catches what decodes all the same: white space, stray bits.
  if (!absl::Base64Unescape(absl::string_view(key.data(), key.size()), &entry.piece.bytes) ||
      Base64(entry.piece.bytes) != key) {
    return BadEntry(key, "the key is not base64");
  }
  simdjson::dom::array fields;
  std::string_view text;
  if (value.get_array().get(fields) != simdjson::SUCCESS || fields.size() != 3 ||
      fields.at(0).get_int64().get(entry.id) != simdjson::SUCCESS ||
      fields.at(1).get_string().get(text) != simdjson::SUCCESS ||
      fields.at(2).get_int64().get(entry.piece.count) != simdjson::SUCCESS) {
    return BadEntry(key, "expected [id, text, count], two integers and a string between them");
  }
  if (text != DecodableText(entry.piece.bytes)) {
    return BadEntry(key, "its text is not that of the key");
  }
  if (entry.piece.count < 1) {
    return BadEntry(key, absl::StrCat("count ", entry.piece.count, " is below 1"));
  }
  return entry;
}

// Each to the place that its id says.
absl::StatusOr<std::vector<Piece>> PiecesById(std::vector<Entry> entries) {
  std::vector<Piece> pieces(entries.size());
  for (Entry& entry : entries) {
    const std::int64_t last_id = kFirstPieceId + static_cast<std::int64_t>(entries.size()) - 1;
    if (entry.id < kFirstPieceId || entry.id > last_id) {
      return BadEntry(entry.key, absl::StrCat("id ", entry.id, " is outside 3..", last_id, ", the ",
                                              entries.size(), " pieces' ids"));
    }
    Piece& piece = pieces[static_cast<std::size_t>(entry.id - kFirstPieceId)];
    if (piece.count != 0) {
      return BadEntry(entry.key, absl::StrCat("another piece has its id, ", entry.id));
    }
    piece = std::move(entry.piece);
  }
  return pieces;
}

}  // namespace

absl::StatusOr<Model> ParseReferenceJson(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  const auto parsed = parser.parse(json.data(), json.size());
  if (parsed.error() != simdjson::SUCCESS) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid JSON: ", simdjson::error_message(parsed.error())));
  }
  if (parsed.get_object().get(object) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError("the JSON is not an object of pieces");
  }
  // simdjson counts at most 2^24 - 1 entries, so the size is found by walking.
  std::vector<Entry> entries;
  for (const simdjson::dom::key_value_pair field : object) {
    absl::StatusOr<Entry> entry = ParseEntry(field.key, field.value);
    if (!entry.ok()) return entry.status();
    entries.push_back(*std::move(entry));
  }
  if (entries.empty()) {
    return absl::InvalidArgumentError("not a BytePiece model: the JSON object holds no pieces");
  }
  absl::StatusOr<std::vector<Piece>> pieces = PiecesById(std::move(entries));
  if (!pieces.ok()) return pieces.status();
  Model model;
  model.pieces = *std::move(pieces);
  model.pieces_are_unicode = std::all_of(
      model.pieces.begin(), model.pieces.end(),
      [](const Piece& piece) { return piece.bytes.size() == 1 || IsValidUtf8(piece.bytes); });
  if (absl::Status status = ValidateModel(model); !status.ok()) return status;
  return model;
}

absl::StatusOr<std::string> SerializeReferenceJson(const Model& model) {
  if (!model.special_tokens.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the reference's JSON has no place for the model's ",
                     model.special_tokens.size(), " special tokens; keep the protobuf format"));
  }
  if (model.normalization != Normalization::kNfc) {
    return absl::InvalidArgumentError(
        "the reference's JSON means NFC to its readers, and the model has no normalization; keep "
        "the protobuf format");
  }
  if (ScoresOf(model) == ScoreKind::kWhole) {
    return absl::InvalidArgumentError(
        "the reference's JSON means scores by logarithms to its readers, and the model has whole "
        "ones; convert it to scores log, or keep the protobuf format");
  }
  std::string json = "{";
  const char* separator = "\n";
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    const Piece& piece = model.pieces[i];
    absl::StrAppend(&json, separator, "    \"", Base64(piece.bytes), "\": [\n        ",
                    kFirstPieceId + i, ",\n        ",
                    nlohmann::json(DecodableText(piece.bytes)).dump(), ",\n        ", piece.count,
                    "\n    ]");
    separator = ",\n";
  }
  json += "\n}";
  return json;
}

}  // namespace bytepiece
