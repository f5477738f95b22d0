// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/foreign_model.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/types.h"

namespace bytepiece {
namespace {

using Library = ForeignModel::Library;

// Older files do not name the algorithm, but each has a field that the others lack.
std::string AlgorithmOf(const simdjson::dom::object& model) {
  std::string_view type;
  if (model["type"].get_string().get(type) == simdjson::SUCCESS) return std::string(type);
  if (model["merges"].error() == simdjson::SUCCESS) return "BPE";
  if (model["max_input_chars_per_word"].error() == simdjson::SUCCESS) return "WordPiece";
  if (model["vocab"].is_array()) return "Unigram";
  return "";
}

// {"model": {"type": "BPE", "vocab": {...}}, ...}; Unigram's vocabulary is an array.
std::optional<ForeignModel> RecognizeHuggingFace(std::string_view bytes) {
  simdjson::dom::parser parser;
  simdjson::dom::object model;
  if (parser.parse(bytes.data(), bytes.size())["model"].get_object().get(model) !=
      simdjson::SUCCESS) {
    return std::nullopt;
  }
  ForeignModel found{Library::kHuggingFace, AlgorithmOf(model), 0};
  simdjson::dom::object entries;
  simdjson::dom::array list;
  if (model["vocab"].get_object().get(entries) == simdjson::SUCCESS) {
    for ([[maybe_unused]] const auto entry : entries) ++found.vocab_size;
  } else if (model["vocab"].get_array().get(list) == simdjson::SUCCESS) {
    for ([[maybe_unused]] const auto entry : list) ++found.vocab_size;
  } else {
    return std::nullopt;
  }
  return found;
}

// Protocol Buffers as far as needed: a field at a time.
struct Field {
  std::uint64_t tag = 0;     // number << 3 | wire type
  std::uint64_t number = 0;  // the value of a varint
  std::string_view bytes;    // of a string or message
};

std::optional<std::uint64_t> TakeVarint(std::string_view* rest) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64 && !rest->empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(rest->front());
    rest->remove_prefix(1);
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::optional<Field> TakeField(std::string_view* rest) {
  const std::optional<std::uint64_t> tag = TakeVarint(rest);
  if (!tag) return std::nullopt;
  Field field{*tag, 0, {}};
  std::optional<std::uint64_t> size;
  switch (*tag & 7) {
    case 0:
      size = TakeVarint(rest);
      if (!size) return std::nullopt;
      field.number = *size;
      return field;
    case 1:
      size = 8;
      break;
    case 2:
      size = TakeVarint(rest);
      break;
    case 5:
      size = 4;
      break;
    default:
      break;
  }
  if (!size || *size > rest->size()) return std::nullopt;
  field.bytes = rest->substr(0, *size);
  rest->remove_prefix(*size);
  return field;
}

// TrainerSpec.model_type; the numbers are those of sentencepiece_model.proto.
std::string SentencePieceAlgorithm(std::string_view trainer) {
  constexpr std::array<const char*, 5> kNames = {"", "Unigram", "BPE", "word", "char"};
  while (const std::optional<Field> field = TakeField(&trainer)) {
    if (field->tag == (3 << 3)) return field->number < 5 ? kNames[field->number] : "";
  }
  return "Unigram";  // the default
}

// ModelProto: pieces (1), each a string (1) and a score (2), then trainer_spec (2).
std::optional<ForeignModel> RecognizeSentencePiece(std::string_view bytes) {
  constexpr std::uint64_t kPiece = 1 << 3 | 2;
  constexpr std::uint64_t kTrainer = 2 << 3 | 2;
  ForeignModel found{Library::kSentencePiece, "", 0};
  bool has_trainer = false;
  while (!bytes.empty()) {
    const std::optional<Field> field = TakeField(&bytes);
    if (!field) return std::nullopt;
    if (field->tag == kPiece) {
      std::string_view piece = field->bytes;
      const std::optional<Field> text = TakeField(&piece);
      if (!text || text->tag != (1 << 3 | 2)) return std::nullopt;
      ++found.vocab_size;
    } else if (field->tag == kTrainer) {
      has_trainer = true;
      found.algorithm = SentencePieceAlgorithm(field->bytes);
    }
  }
  if (!has_trainer || found.vocab_size == 0) return std::nullopt;
  return found;
}

// Lines of a token in base64 and its rank, from 0 on.
std::optional<ForeignModel> RecognizeTiktoken(std::string_view bytes) {
  ForeignModel found{Library::kTiktoken, "BPE", 0};
  while (!bytes.empty()) {
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    const std::string rank = absl::StrCat(" ", found.vocab_size);
    if (!line.ends_with(rank) || line.size() == rank.size()) return std::nullopt;
    for (const char c : line.substr(0, line.size() - rank.size())) {
      const bool is_base64 =
          std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '/' || c == '=';
      if (!is_base64) return std::nullopt;
    }
    ++found.vocab_size;
    bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
  }
  if (found.vocab_size == 0) return std::nullopt;
  return found;
}

std::string Reason(const ForeignModel& model) {
  if (model.algorithm == "BPE") return "it merges by rank, where our pieces have counts";
  if (model.algorithm == "WordPiece") {
    return "it cuts words from the left, and text that it has no pieces for is lost";
  }
  if (model.algorithm == "Unigram") {
    return "it scores characters of text that it changes first, where our pieces are of bytes";
  }
  return "it works by other rules";
}

}  // namespace

std::optional<ForeignModel> RecognizeForeignModel(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == bytes.npos) return std::nullopt;
  if (bytes[0] == '\n') {  // also the tag of a SentencePiece model's first piece
    if (auto found = RecognizeSentencePiece(bytes)) return found;
  }
  if (bytes[first] == '{') return RecognizeHuggingFace(bytes);
  return RecognizeTiktoken(bytes);
}

std::string DescribeForeignModel(const ForeignModel& model) {
  const char* const kind = model.library == Library::kHuggingFace     ? "HuggingFace tokenizer"
                           : model.library == Library::kSentencePiece ? "SentencePiece model"
                                                                      : "tiktoken vocabulary";
  std::string text =
      absl::StrCat("a ", kind, " (", model.algorithm, model.algorithm.empty() ? "" : ", ",
                   "vocabulary of ", model.vocab_size,
                   "), not a BytePiece model, and cannot become "
                   "one: ",
                   Reason(model), "; ");
  if (model.library != Library::kTiktoken) {
    absl::StrAppend(&text, "\"bytepiece evaluate\" compares with it, ");
  }
  // The smallest of ours has the bytes and the control tokens.
  const std::int64_t smallest = 256 + kNumControlTokens;
  return absl::StrCat(text, "\"bytepiece train --vocab-size ", std::max(model.vocab_size, smallest),
                      "\" learns a vocabulary", model.vocab_size >= smallest ? " of its size" : "");
}

}  // namespace bytepiece
