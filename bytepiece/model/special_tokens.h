// SPDX-License-Identifier: Apache-2.0
// Finds special tokens in text, for callers who ask for it. Plain text is the
// default everywhere: text that merely looks like a special token is text.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/types.h"
#include "bytepiece/model/model.h"

namespace bytepiece {

// A policy, and its exceptions.
struct SpecialTokenRule {
  SpecialTokenPolicy policy = SpecialTokenPolicy::kPlainText;
  // Special tokens that text may spell whatever the policy.
  absl::Span<const TokenId> allowed = {};

  // Whether text has to be searched at all.
  bool searches() const { return policy != SpecialTokenPolicy::kPlainText || !allowed.empty(); }
};

class SpecialTokens {
 public:
  // Ids as in model.h: <pad>, <bos>, <eos>, then `tokens`, the first of them
  // `first_special`, which is that after the model's pieces.
  static absl::StatusOr<SpecialTokens> Create(absl::Span<const SpecialToken> tokens,
                                              TokenId first_special);

  SpecialTokens(SpecialTokens&&) noexcept;
  SpecialTokens& operator=(SpecialTokens&&) noexcept;
  ~SpecialTokens();

  struct Match {
    std::size_t begin = 0;  // in the text searched
    std::size_t end = 0;
    TokenId id = -1;
    bool is_forbidden = false;

    friend bool operator==(const Match&, const Match&) = default;
  };

  // The first place at or after `from` that is not mere text by the rule.
  std::optional<Match> Find(std::string_view text, std::size_t from,
                            const SpecialTokenRule& rule) const;

  // No token stands in [begin, run_end), whatever follows the text.
  struct Cut {
    std::size_t run_end = 0;
    std::optional<Match> token;  // at run_end; nothing: the text ends before one is settled
  };
  // The next cut at or after `begin`. Unless the text `is_last`, more of it may follow, and may
  // make a token of its end, or a longer one of the one there.
  Cut NextCut(std::string_view text, std::size_t begin, bool is_last,
              const SpecialTokenRule& rule) const;

  // The error of SpecialTokenPolicy::kForbid.
  absl::Status Forbidden(TokenId id, std::int64_t position) const;

  // Bytes of the longest token that text can spell.
  std::size_t max_length() const;

  // Text of a special or control token, or nullptr if `id` is neither.
  const std::string* Text(TokenId id) const;
  // Id of the token spelled exactly `text`, or -1; reserved tokens have no
  // spelling.
  TokenId Id(std::string_view text) const;
  // The same, by Text: reserved tokens included.
  TokenId IdOfAny(std::string_view text) const;
  bool IsControl(TokenId id) const { return id >= 0 && id < kFirstPieceId; }

 private:
  SpecialTokens();
  // Finds any token with a spelling: the leftmost, of those the longest.
  std::optional<Match> FindAny(std::string_view text, std::size_t from) const;
  bool Allows(const SpecialTokenRule& rule, TokenId id) const;
  bool StartsLongerToken(std::string_view text) const;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bytepiece
