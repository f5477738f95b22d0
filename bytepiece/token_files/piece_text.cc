// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/token_files/piece_text.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bytepiece/base/quoted.h"
#include "bytepiece/base/utf8.h"
#include "bytepiece/encoding/tokenizer_parts.h"

namespace bytepiece {
namespace {

constexpr std::string_view kSpecialMark = "\\!";
constexpr std::string_view kEscapeNames = "\\ntr";
constexpr std::string_view kEscapeValues = "\\\n\t\r";

// 0..15, or -1.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void AppendEscaped(const Utf8Char& c, std::string_view bytes, std::string* text) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  const std::size_t i = kEscapeValues.find(bytes[0]);
  if (i != std::string_view::npos) {
    *text += '\\';
    *text += kEscapeNames[i];
  } else if (!c.valid || first < 0x20 || first == 0x7F) {
    absl::StrAppendFormat(text, "\\x%02X", first);
  } else {
    text->append(bytes);
  }
}

// False if `text` is not written as EscapeBytes writes.
bool Unescape(std::string_view text, std::string* bytes) {
  while (!text.empty()) {
    if (text[0] != '\\') {
      *bytes += text[0];
      text.remove_prefix(1);
      continue;
    }
    if (text.size() < 2) return false;
    const std::size_t i = kEscapeNames.find(text[1]);
    if (i != std::string_view::npos) {
      *bytes += kEscapeValues[i];
      text.remove_prefix(2);
      continue;
    }
    if (text.size() < 4 || text[1] != 'x') return false;
    const int high = HexDigit(text[2]);
    const int low = HexDigit(text[3]);
    if (high < 0 || low < 0) return false;
    *bytes += static_cast<char>(high * 16 + low);
    text.remove_prefix(4);
  }
  return true;
}

}  // namespace

std::string EscapeBytes(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const Utf8Char c = DecodeUtf8Char(bytes);
    AppendEscaped(c, bytes.substr(0, c.length), &text);
    bytes.remove_prefix(c.length);
  }
  return text;
}

std::string PieceText(const Tokenizer& tokenizer, TokenId id) {
  if (const std::string* special = tokenizer.parts()->special_tokens().Text(id)) {
    return std::string(kSpecialMark) + EscapeBytes(*special);
  }
  return EscapeBytes(tokenizer.vocabulary().PieceBytes(id));
}

absl::StatusOr<TokenId> ParsePieceText(const Tokenizer& tokenizer, std::string_view text) {
  const bool special = text.starts_with(kSpecialMark);
  std::string bytes;
  TokenId id = -1;
  if (Unescape(special ? text.substr(kSpecialMark.size()) : text, &bytes)) {
    id = special ? tokenizer.parts()->special_tokens().IdOfAny(bytes)
                 : tokenizer.vocabulary().FindPiece(bytes);
  }
  if (id >= 0) return id;
  return absl::InvalidArgumentError(Quoted(text) + " is no token of the model");
}

std::string PieceLine(const Tokenizer& tokenizer, absl::Span<const TokenId> ids) {
  std::string line;
  for (const TokenId id : ids) {
    if (!line.empty()) line += '\t';
    line += PieceText(tokenizer, id);
  }
  return line;
}

absl::StatusOr<std::vector<TokenId>> ParsePieceLine(const Tokenizer& tokenizer,
                                                    std::string_view line) {
  std::vector<TokenId> ids;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find('\t'), line.size());
    const absl::StatusOr<TokenId> id = ParsePieceText(tokenizer, line.substr(0, end));
    if (!id.ok()) return id.status();
    ids.push_back(*id);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return ids;
}

}  // namespace bytepiece
