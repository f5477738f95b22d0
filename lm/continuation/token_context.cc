// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/token_context.h"

#include "absl/hash/hash.h"

namespace bytepiece::lm {

struct TokenContext::Node {
  Node(std::shared_ptr<Node> before, TokenId id)
      : parent(std::move(before)),
        token(id),
        size(1 + (parent == nullptr ? 0 : parent->size)),
        hash(absl::HashOf(parent == nullptr ? 0 : parent->hash, id)) {}

  // One after the other: a text may be longer than recursion is deep.
  ~Node() {
    while (parent != nullptr && parent.use_count() == 1) {
      std::shared_ptr<Node> next = std::move(parent->parent);
      parent = std::move(next);
    }
  }

  std::shared_ptr<Node> parent;
  TokenId token;
  std::size_t size;  // of the context
  std::size_t hash;  // of all its tokens
};

TokenContext::TokenContext(absl::Span<const TokenId> tokens) {
  for (const TokenId token : tokens) node_ = std::make_shared<Node>(std::move(node_), token);
}

TokenContext TokenContext::Then(TokenId token) const {
  return TokenContext(std::make_shared<Node>(node_, token));
}

TokenContext TokenContext::Then(absl::Span<const TokenId> tokens) const {
  TokenContext longer = *this;
  for (const TokenId token : tokens) longer = longer.Then(token);
  return longer;
}

std::size_t TokenContext::size() const { return node_ == nullptr ? 0 : node_->size; }
std::size_t TokenContext::Hash() const { return node_ == nullptr ? 0 : node_->hash; }
TokenId TokenContext::last() const { return node_->token; }
TokenContext TokenContext::Parent() const { return TokenContext(node_->parent); }

std::vector<TokenId> TokenContext::Tokens(std::size_t begin) const {
  std::vector<TokenId> tokens(begin < size() ? size() - begin : 0);
  const Node* node = node_.get();
  for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) {
    *token = node->token;
    node = node->parent.get();
  }
  return tokens;
}

bool operator==(const TokenContext& a, const TokenContext& b) {
  if (a.size() != b.size() || a.Hash() != b.Hash()) return false;
  const TokenContext::Node* of_a = a.node_.get();
  const TokenContext::Node* of_b = b.node_.get();
  while (of_a != of_b) {  // both come to the same node, or to none
    if (of_a->token != of_b->token) return false;
    of_a = of_a->parent.get();
    of_b = of_b->parent.get();
  }
  return true;
}

TokenContext CommonBeginning(TokenContext a, TokenContext b) {
  while (!(a == b)) {
    TokenContext& longer = a.size() < b.size() ? b : a;
    longer = longer.Parent();
  }
  return a;
}

}  // namespace bytepiece::lm
