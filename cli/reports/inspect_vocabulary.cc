// SPDX-License-Identifier: Apache-2.0
#include "cli/reports/inspect_vocabulary.h"

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "bytepiece/model/model_io.h"
#include "bytepiece/model/spec_fields.h"
#include "bytepiece/token_files/piece_text.h"
#include "cli/program/table.h"
#include "cli/reports/inspect_piece.h"
#include "cli/reports/unicode_script.h"

namespace bytepiece {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::int64_t kBarWidth = 50;

struct Summary {
  std::int64_t total_count = 0;
  std::map<std::size_t, std::int64_t> by_length;  // bytes -> pieces
  std::array<std::int64_t, kNumScriptClasses> by_script = {};
  std::vector<TokenId> most_frequent;   // the most frequent first
  std::vector<TokenId> least_frequent;  // the least frequent first
};

Summary Summarize(const Vocabulary& vocabulary, std::size_t extremes) {
  Summary summary;
  std::vector<TokenId> ids;
  for (TokenId id = kFirstPieceId; id < vocabulary.end_of_pieces(); ++id) {
    const std::string_view bytes = vocabulary.PieceBytes(id);
    summary.total_count += vocabulary.PieceCount(id);
    ++summary.by_length[bytes.size()];
    ++summary.by_script[static_cast<std::size_t>(ClassOfPiece(bytes))];
    if (bytes.size() > 1) ids.push_back(id);
  }
  std::stable_sort(ids.begin(), ids.end(), [&](TokenId a, TokenId b) {
    return vocabulary.PieceCount(a) > vocabulary.PieceCount(b);
  });
  const auto shown = static_cast<std::ptrdiff_t>(std::min(extremes, ids.size()));
  summary.most_frequent.assign(ids.begin(), ids.begin() + shown);
  summary.least_frequent.assign(ids.rbegin(), ids.rbegin() + shown);
  return summary;
}

std::string WeightOf(const WeightedText& text) {
  return text.weight_denominator == 1
             ? absl::StrCat(text.weight_numerator)
             : absl::StrCat(text.weight_numerator, "/", text.weight_denominator);
}

std::string MixtureLines(const std::vector<WeightedText>& mixture) {
  std::string lines;
  for (const WeightedText& text : mixture) {
    absl::StrAppend(&lines, lines.empty() ? "weights          " : "                 ",
                    WeightOf(text), " for ", GroupDigits(text.bytes), " bytes\n");
  }
  return lines;
}

std::string OptionText(const SpecField& field, bool value) {
  if (field.off_name == nullptr) return absl::StrCat(field.option, "=", SpecText(value));
  return value ? "" : absl::StrCat(field.option, " ", field.off_name);
}
std::string OptionText(const SpecField& field, const std::vector<std::string>& values) {
  return absl::StrJoin(values, " ", [&](std::string* out, const std::string& value) {
    absl::StrAppend(out, field.option, " \"", EscapeBytes(value), "\"");
  });
}
template <typename Value>
std::string OptionText(const SpecField& field, const Value& value) {
  return absl::StrCat(field.option, " ", SpecText(value));
}

// The options that matter, as they would be typed, in lines that begin below `label`.
std::string OptionLines(const TrainerSpec& spec, const std::string& label) {
  std::string lines = label;
  std::size_t line_begin = 0;
  VisitSpecFields([&](const SpecField& field, auto member) {
    const std::string option = field.Matters(spec) ? OptionText(field, spec.*member) : "";
    if (option.empty()) return;
    const std::size_t line_size = lines.size() - line_begin;
    if (line_size > label.size() && line_size + 1 + option.size() > kWidth) {
      lines += '\n';
      line_begin = lines.size();
      lines.append(label.size(), ' ');
    }
    if (lines.size() - line_begin > label.size()) lines += ' ';
    lines += option;
  });
  return lines + "\n";
}

void PrintOrigin(const Provenance& origin, std::ostream& out) {
  out << "trained on       " << GroupDigits(origin.corpus_documents) << " documents, "
      << GroupDigits(origin.corpus_bytes) << " bytes after normalisation\n"
      << MixtureLines(origin.mixture) << OptionLines(origin.spec, "trained with     ")
      << "answers          --vocab-size " << origin.vocab_size << "\n"
      << "options digest   " << absl::StrFormat("%016x", OptionsDigest(origin.spec)) << "\n";
}

void PrintHead(const Tokenizer& tokenizer, const Summary& summary, std::ostream& out) {
  const Model& model = tokenizer.model();
  out << "vocabulary       " << GroupDigits(tokenizer.vocab_size())
      << " tokens: " << kNumControlTokens << " control, "
      << GroupDigits(tokenizer.vocabulary().num_pieces()) << " pieces, "
      << GroupDigits(static_cast<std::int64_t>(model.special_tokens.size())) << " special\n"
      << "normalization    " << SpecText(tokenizer.normalization()) << "\n"
      << "counts           " << GroupDigits(summary.total_count) << " in total\n"
      << ScoresLine(tokenizer) << "pieces           "
      << (model.pieces_are_unicode ? "whole" : "may cut") << " UTF-8 characters\n";
  if (model.provenance) {
    PrintOrigin(*model.provenance, out);
  } else {
    out << "origin           not recorded\n";
  }
}

void PrintLengths(const Summary& summary, const Style& style, std::ostream& out) {
  std::int64_t largest = 0;
  for (const auto& [length, pieces] : summary.by_length) largest = std::max(largest, pieces);
  const std::size_t width = GroupDigits(largest).size();
  out << "\n" << style.Paint(Color::kBold, "pieces by length in bytes") << "\n";
  for (const auto& [length, pieces] : summary.by_length) {
    const auto bar = static_cast<std::size_t>((pieces * kBarWidth + largest - 1) / largest);
    out << AlignRight(std::to_string(length), 7) << "  " << AlignRight(GroupDigits(pieces), width)
        << "  " << style.Paint(Color::kCyan, std::string(bar, '#')) << "\n";
  }
}

void PrintScripts(const Summary& summary, std::int64_t num_pieces, const Style& style,
                  std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < kNumScriptClasses; ++i) {
    if (summary.by_script[i] == 0) continue;
    const auto script = static_cast<ScriptClass>(i);
    std::string label = ScriptClassLabel(script);
    if (script == ScriptClass::kOther) label = "other or mixed";
    if (script == ScriptClass::kInvalid) label = "not valid UTF-8";
    rows.push_back({"  " + label, GroupDigits(summary.by_script[i]),
                    absl::StrFormat("%.1f%%", 100.0 * static_cast<double>(summary.by_script[i]) /
                                                  static_cast<double>(num_pieces))});
  }
  out << "\n" << style.Paint(Color::kBold, "pieces by script") << "\n" << RenderTable(rows, kWidth);
}

void PrintExtremes(const Tokenizer& tokenizer, const std::string& title,
                   const std::vector<TokenId>& ids, const Style& style, std::ostream& out) {
  if (ids.empty()) return;
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  std::vector<std::vector<std::string>> rows = {{"  piece", "id", "count", "score"}};
  for (const TokenId id : ids) {
    rows.push_back({"  " + QuotedPiece(tokenizer, id), absl::StrCat(id),
                    GroupDigits(vocabulary.PieceCount(id)),
                    absl::StrFormat("%.4f", vocabulary.PieceScore(id))});
  }
  out << "\n" << style.Paint(Color::kBold, title) << "\n" << RenderTable(rows, kWidth);
}

void PrintSpecialTokens(const Tokenizer& tokenizer, const Style& style, std::ostream& out) {
  const std::vector<SpecialToken>& tokens = tokenizer.model().special_tokens;
  TokenId id = tokenizer.vocabulary().end_of_pieces();
  std::int64_t reserved = 0;
  std::string lines;
  for (const SpecialToken& token : tokens) {
    if (token.reserved) {
      ++reserved;
    } else {
      absl::StrAppend(&lines, "  ", id, "  ", EscapeBytes(token.text), "\n");
    }
    ++id;
  }
  if (reserved > 0) absl::StrAppend(&lines, "  and ", reserved, " reserved\n");
  if (!lines.empty()) out << "\n" << style.Paint(Color::kBold, "special tokens") << "\n" << lines;
}

// Flags that an option lists where they are off are a list under that option's name.
void AddToJson(const SpecField& field, bool value, nlohmann::ordered_json* json) {
  if (field.off_name == nullptr) {
    (*json)[field.name] = value;
    return;
  }
  const std::string list = absl::StrReplaceAll(field.option + 2, {{"-", "_"}});
  if (!json->contains(list)) (*json)[list] = nlohmann::ordered_json::array();
  if (!value) (*json)[list].push_back(field.off_name);
}
template <typename Value>
void AddToJson(const SpecField& field, const Value& value, nlohmann::ordered_json* json) {
  if constexpr (std::is_enum_v<Value>) {
    (*json)[field.name] = SpecText(value);
  } else {
    (*json)[field.name] = value;
  }
}

nlohmann::ordered_json OriginJson(const Provenance& origin) {
  auto mixture = nlohmann::ordered_json::array();
  for (const WeightedText& text : origin.mixture) {
    mixture.push_back({{"weight", WeightOf(text)}, {"bytes", text.bytes}});
  }
  nlohmann::ordered_json json;
  VisitSpecFields(
      [&](const SpecField& field, auto member) { AddToJson(field, origin.spec.*member, &json); });
  json["vocab_size"] = origin.vocab_size;
  json["corpus_documents"] = origin.corpus_documents;
  json["corpus_bytes"] = origin.corpus_bytes;
  json["mixture"] = mixture;
  json["options_digest"] = absl::StrFormat("%016x", OptionsDigest(origin.spec));
  return json;
}

}  // namespace

std::string ScoresLine(const Tokenizer& tokenizer) {
  const ScoreKind kind = ScoresOf(tokenizer.model());
  return absl::StrCat("scores           ", ScoreKindName(kind),
                      kind == ScoreKind::kWhole ? ", in nats: 64ths, rounded and stored\n"
                                                : ", in nats: logarithms of the counts' shares\n");
}

void PrintVocabulary(const Tokenizer& tokenizer, std::size_t extremes, const Style& style,
                     std::ostream& out) {
  const Summary summary = Summarize(tokenizer.vocabulary(), extremes);
  PrintHead(tokenizer, summary, out);
  PrintLengths(summary, style, out);
  PrintScripts(summary, tokenizer.vocabulary().num_pieces(), style, out);
  PrintExtremes(tokenizer, "most frequent (of 2 bytes or more)", summary.most_frequent, style, out);
  PrintExtremes(tokenizer, "least frequent (of 2 bytes or more)", summary.least_frequent, style,
                out);
  PrintSpecialTokens(tokenizer, style, out);
}

nlohmann::ordered_json VocabularyJson(const Tokenizer& tokenizer, std::size_t extremes) {
  const Summary summary = Summarize(tokenizer.vocabulary(), extremes);
  const Model& model = tokenizer.model();
  nlohmann::ordered_json json = {{"vocabulary_size", tokenizer.vocab_size()},
                                 {"control_tokens", kNumControlTokens},
                                 {"pieces", tokenizer.vocabulary().num_pieces()},
                                 {"total_count", summary.total_count},
                                 {"scores", ScoreKindName(ScoresOf(model))},
                                 {"normalization", SpecText(tokenizer.normalization())},
                                 {"pieces_are_unicode", model.pieces_are_unicode},
                                 {"origin", nullptr}};
  if (model.provenance) json["origin"] = OriginJson(*model.provenance);
  for (const auto& [length, pieces] : summary.by_length) {
    json["pieces_by_length"][std::to_string(length)] = pieces;
  }
  for (std::size_t i = 0; i < kNumScriptClasses; ++i) {
    json["pieces_by_script"][ScriptClassKey(static_cast<ScriptClass>(i))] = summary.by_script[i];
  }
  json["most_frequent"] = PiecesJson(tokenizer, summary.most_frequent);
  json["least_frequent"] = PiecesJson(tokenizer, summary.least_frequent);
  json["special_tokens"] = nlohmann::ordered_json::array();
  TokenId id = tokenizer.vocabulary().end_of_pieces();
  for (const SpecialToken& token : model.special_tokens) {
    json["special_tokens"].push_back(
        {{"id", id++}, {"text", token.text}, {"reserved", token.reserved}});
  }
  return json;
}

}  // namespace bytepiece
