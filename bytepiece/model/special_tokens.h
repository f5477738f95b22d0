// SPDX-License-Identifier: Apache-2.0
// Finds special tokens in text, for callers who ask for it. Plain text is the
// default everywhere: text that merely looks like a special token is text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/types.h"
#include "bytepiece/model/model.h"

namespace bytepiece {

// What to do with text that spells a special token (user-defined or control;
// reserved ones never match).
enum class SpecialTokenPolicy {
  kPlainText,  // it is text
  kAllow,      // it becomes the special token; leftmost first, longest first
  kForbid,     // it is an error that names the token and its position
};

class SpecialTokens {
 public:
  // Ids as in model.h: <pad>, <bos>, <eos>, then `tokens`, the first of them
  // `first_special`, which is that behind the model's pieces.
  static absl::StatusOr<SpecialTokens> Create(absl::Span<const SpecialToken> tokens,
                                              TokenId first_special);

  SpecialTokens(SpecialTokens&&) noexcept;
  SpecialTokens& operator=(SpecialTokens&&) noexcept;
  ~SpecialTokens();

  struct Match {
    std::size_t begin = 0;  // in the text searched; begin == npos: none
    std::size_t end = 0;
    TokenId id = -1;
  };
  static constexpr std::size_t npos = std::string_view::npos;

  // The first match at or after `from`.
  Match Find(std::string_view text, std::size_t from) const;

  // The error of SpecialTokenPolicy::kForbid.
  absl::Status Forbidden(TokenId id, std::int64_t position) const;

  // Whether `text` and more could spell a token: a longer one begins with it.
  bool StartsLongerToken(std::string_view text) const;
  // Bytes of the longest token that text can spell.
  std::size_t max_length() const;

  // Text of a special or control token, or nullptr if `id` is neither.
  const std::string* Text(TokenId id) const;
  // Id of the token spelled exactly `text`, or -1; reserved tokens have no
  // spelling.
  TokenId Id(std::string_view text) const;
  bool IsControl(TokenId id) const { return id >= 0 && id < kFirstPieceId; }

 private:
  SpecialTokens();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bytepiece
