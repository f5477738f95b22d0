// SPDX-License-Identifier: Apache-2.0
// The tokens before a token: <bos>, then those of the text so far.
//
// Searches go on from many contexts that begin alike, as the nodes of a tree. So a context
// is a handle to its last token's node, which keeps the one before it, and so on: one token
// more costs one node, however long the text is, and copies cost nothing. Immutable.
//
// Example: of P = {1, 5, 7}, P.Then(8) and P.Then(9) share the nodes of P.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/types.h"

namespace bytepiece::lm {

class TokenContext {
 public:
  TokenContext() = default;  // empty
  TokenContext(std::initializer_list<TokenId> tokens)
      : TokenContext(absl::Span<const TokenId>(tokens.begin(), tokens.size())) {}
  explicit TokenContext(absl::Span<const TokenId> tokens);

  // This context with one token more, or several.
  TokenContext Then(TokenId token) const;
  TokenContext Then(absl::Span<const TokenId> tokens) const;

  bool empty() const { return node_ == nullptr; }
  std::size_t size() const;
  // Require a context that is not empty: its last token, and the context before that.
  TokenId last() const;
  TokenContext Parent() const;

  // The tokens from the `begin`-th on. Linear in their number.
  std::vector<TokenId> Tokens(std::size_t begin = 0) const;

  // Compares by their tokens. Linear in the part that is equal and not shared.
  friend bool operator==(const TokenContext& a, const TokenContext& b);
  template <typename H>
  friend H AbslHashValue(H state, const TokenContext& context) {
    return H::combine(std::move(state), context.Hash());
  }

 private:
  struct Node;
  explicit TokenContext(std::shared_ptr<Node> node) : node_(std::move(node)) {}
  std::size_t Hash() const;

  std::shared_ptr<Node> node_;  // of the last token
};

// The longest one that both begin with.
TokenContext CommonBeginning(TokenContext a, TokenContext b);

}  // namespace bytepiece::lm
