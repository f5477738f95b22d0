// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model_json.h"

#include <simdjson.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "bytepiece/utf8.h"

namespace bytepiece {
namespace {

// What Python's bytes.decode("utf-8", errors="ignore") leaves. It may drop several
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

struct Entry {
  std::int64_t id = 0;
  Piece piece;
};

absl::StatusOr<Entry> ParseEntry(std::string_view key, simdjson::dom::element value) {
  const auto failure = [&](std::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(
        "piece \"", absl::CHexEscape(std::string(key.substr(0, 60))), "\": ", std::string(what)));
  };
  Entry entry;
  if (!absl::Base64Unescape(absl::string_view(key.data(), key.size()), &entry.piece.bytes) ||
      Base64(entry.piece.bytes) != key) {
    return failure("the key is not base64");
  }
  simdjson::dom::array fields;
  if (value.get_array().get(fields) != simdjson::SUCCESS || fields.size() != 3) {
    return failure("expected [id, text, count]");
  }
  std::string_view text;
  if (fields.at(0).get_int64().get(entry.id) != simdjson::SUCCESS ||
      fields.at(1).get_string().get(text) != simdjson::SUCCESS ||
      fields.at(2).get_int64().get(entry.piece.count) != simdjson::SUCCESS) {
    return failure("expected [id, text, count] with integers and a string");
  }
  if (text != DecodableText(entry.piece.bytes)) return failure("the text is not that of the key");
  return entry;
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
  Model model;
  model.pieces.resize(entries.size());
  for (Entry& entry : entries) {
    const std::int64_t index = entry.id - kFirstPieceId;
    if (index < 0 || index >= static_cast<std::int64_t>(entries.size())) {
      return absl::InvalidArgumentError(
          absl::StrCat("id ", entry.id, " is outside 3..", entries.size() + kFirstPieceId - 1,
                       " although there are ", entries.size(), " pieces"));
    }
    Piece& piece = model.pieces[static_cast<std::size_t>(index)];
    if (piece.count != 0) {
      return absl::InvalidArgumentError(absl::StrCat("id ", entry.id, " occurs twice"));
    }
    piece = std::move(entry.piece);
    if (piece.count == 0)
      return absl::InvalidArgumentError(absl::StrCat("id ", entry.id, " has count 0"));
  }
  model.pieces_are_unicode = true;
  for (const Piece& piece : model.pieces) {
    if (piece.bytes.size() > 1 && !IsValidUtf8(piece.bytes)) model.pieces_are_unicode = false;
  }
  if (absl::Status status = ValidateModel(model); !status.ok()) return status;
  return model;
}

absl::StatusOr<std::string> SerializeReferenceJson(const Model& model) {
  if (!model.special_tokens.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the reference's JSON has no place for the model's ",
                     model.special_tokens.size(), " special tokens; keep the protobuf format"));
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
