// SPDX-License-Identifier: Apache-2.0
// The formats token ids are kept in, and what they have in common.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/export.h"
#include "bytepiece/base/types.h"

namespace bytepiece::inline v0 {

enum class TokenFormat {
  kIds,        // text: a line a document, decimal ids with a space between
  kPieces,     // text: a line a document, pieces with a tab between (piece_text.h)
  kJsonLines,  // {"ids": [...]}, a line a document
  kNpy,        // NumPy 1.0, one array of all ids; documents are not kept apart
  kBin,        // the same without a header, little-endian
  kMegatron,   // Megatron-LM indexed dataset: PATH.bin and PATH.idx
};

// How ids are stored in the last three.
enum class TokenType { kUint16, kUint32 };

inline int TokenTypeSize(TokenType type) { return type == TokenType::kUint16 ? 2 : 4; }

// The narrowest type that holds the vocabulary: uint16 up to 65536 ids, for
// kMegatron below 65500, as Megatron-LM itself decides.
BYTEPIECE_EXPORT TokenType NarrowestTokenType(TokenFormat format, std::int64_t vocab_size);

// OK if every id of the vocabulary fits.
BYTEPIECE_EXPORT absl::Status CheckTokenType(TokenType type, std::int64_t vocab_size);

// The beginning of the names of kMegatron's two files, given that or either of them: "ds" for "ds",
// "ds.bin" and "ds.idx".
BYTEPIECE_EXPORT std::string MegatronPrefix(const std::string& path);

// Appends the ids, little-endian. They must fit.
BYTEPIECE_EXPORT void AppendPacked(absl::Span<const TokenId> ids, TokenType type,
                                   std::string* bytes);

// The id at the start of `bytes`, which holds it whole. A uint32 above 2^31 - 1
// comes back negative, and so outside every vocabulary.
BYTEPIECE_EXPORT TokenId UnpackToken(TokenType type, const char* bytes);

// The header of a .npy file of `count` ids: always 128 bytes.
BYTEPIECE_EXPORT std::string NpyHeader(TokenType type, std::int64_t count);

struct NpyInfo {
  TokenType type = TokenType::kUint16;
  std::int64_t count = 0;
};

inline constexpr std::size_t kNpyPreambleSize = 10;

// From the first kNpyPreambleSize bytes: how long the rest of the header is.
BYTEPIECE_EXPORT absl::StatusOr<std::size_t> NpyHeaderRest(std::string_view preamble);

// From that rest. Error unless it describes a one-dimensional array of
// little-endian uint16 or uint32 (int32 is read as the latter).
BYTEPIECE_EXPORT absl::StatusOr<NpyInfo> ParseNpyHeader(std::string_view rest);

}  // namespace bytepiece::inline v0
