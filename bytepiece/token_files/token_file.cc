// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/token_files/token_file.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace bytepiece::inline v0 {
namespace {

constexpr std::string_view kNpyMagic("\x93NUMPY\x01\x00", 8);
constexpr std::size_t kNpyHeaderSize = 128;  // of a one-dimensional array, padded to 64

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

// The text between `before` and `after` in `text`, or nothing.
std::string_view Between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + before.size());
  return text.substr(0, text.find(after));
}

}  // namespace

TokenType NarrowestTokenType(TokenFormat format, std::int64_t vocab_size) {
  const std::int64_t limit = format == TokenFormat::kMegatron ? 65499 : 65536;
  return vocab_size <= limit ? TokenType::kUint16 : TokenType::kUint32;
}

absl::Status CheckTokenType(TokenType type, std::int64_t vocab_size) {
  if (type == TokenType::kUint32 || vocab_size <= 65536) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "a vocabulary of ", vocab_size, " ids does not fit uint16, which ends at 65535; use uint32"));
}

std::string MegatronPrefix(const std::string& path) {
  const bool is_one_of_two = path.ends_with(".bin") || path.ends_with(".idx");
  return is_one_of_two ? path.substr(0, path.size() - 4) : path;
}

void AppendPacked(absl::Span<const TokenId> ids, TokenType type, std::string* bytes) {
  const auto size = static_cast<std::size_t>(TokenTypeSize(type));
  const std::size_t start = bytes->size();
  bytes->resize(start + ids.size() * size);
  char* out = bytes->data() + start;
  for (const TokenId id : ids) {
    for (std::size_t i = 0; i < size; ++i) {
      *out++ = static_cast<char>(static_cast<std::uint32_t>(id) >> (8 * i));
    }
  }
}

TokenId UnpackToken(TokenType type, const char* bytes) {
  std::uint32_t value = 0;
  for (int i = TokenTypeSize(type); i-- > 0;) {
    value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return static_cast<TokenId>(value);
}

std::string NpyHeader(TokenType type, std::int64_t count) {
  std::string text = absl::StrCat("{'descr': '<u", TokenTypeSize(type),
                                  "', 'fortran_order': False, 'shape': (", count, ",), }");
  text.resize(kNpyHeaderSize - kNpyPreambleSize - 1, ' ');
  text += '\n';
  std::string header(kNpyMagic);
  header += static_cast<char>(text.size() & 0xFF);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

absl::StatusOr<std::size_t> NpyHeaderRest(std::string_view preamble) {
  if (preamble.size() != kNpyPreambleSize || !preamble.starts_with(kNpyMagic)) {
    return absl::InvalidArgumentError("not a .npy file of format 1.0");
  }
  return static_cast<unsigned char>(preamble[8]) +
         std::size_t{256} * static_cast<unsigned char>(preamble[9]);
}

absl::StatusOr<NpyInfo> ParseNpyHeader(std::string_view rest) {
  const std::string_view type = Between(rest, "'descr': '", "'");
  const std::string_view shape = Between(rest, "'shape': (", ",)");
  NpyInfo info;
  if (!absl::SimpleAtoi(View(shape), &info.count) || info.count < 0) {
    return absl::InvalidArgumentError("not a one-dimensional array");
  }
  if (type == "<u4" || type == "<i4") {
    info.type = TokenType::kUint32;
  } else if (type != "<u2") {
    return absl::InvalidArgumentError(
        absl::StrCat("an array of type ", View(type), "; token ids are <u2 or <u4"));
  }
  return info;
}

}  // namespace bytepiece::inline v0
