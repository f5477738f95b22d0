// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/context_cache.h"

#include <utility>

namespace bytepiece::lm {
namespace {

// Small ones cost more than their bytes: their states are many tensors.
constexpr std::size_t kMostPasses = 64;

}  // namespace

ContextCache::Place ContextCache::Longest(TokenContext context) {
  for (; !context.empty(); context = context.Parent()) {
    const auto found = rows_.find(context);
    if (found == rows_.end()) continue;
    const Row& row = found->second;
    passes_.splice(passes_.begin(), passes_, row.pass);
    return {*row.pass, row.number};
  }
  return {};
}

void ContextCache::Clear() {
  rows_.clear();
  passes_.clear();
  bytes_ = 0;
}

void ContextCache::Keep(ContextPass pass) {
  bytes_ += pass.bytes;
  passes_.push_front(std::make_shared<const ContextPass>(std::move(pass)));
  std::int64_t number = 0;
  for (const TokenContext& context : passes_.front()->contexts) {
    rows_.insert_or_assign(context, Row{passes_.begin(), number++});
  }
  while (passes_.size() > 1 && (bytes_ > capacity_ || passes_.size() > kMostPasses)) DropOldest();
}

void ContextCache::DropOldest() {
  const auto oldest = std::prev(passes_.end());
  for (const TokenContext& context : (*oldest)->contexts) {
    const auto found = rows_.find(context);
    if (found->second.pass == oldest) rows_.erase(found);
  }
  bytes_ -= (*oldest)->bytes;
  passes_.erase(oldest);
}

}  // namespace bytepiece::lm
