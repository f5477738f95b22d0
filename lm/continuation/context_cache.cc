// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/context_cache.h"

#include <utility>

namespace bytepiece::lm {
namespace {

// Every one costs a look-up for each context, however small it is.
constexpr std::size_t kMostPasses = 64;

}  // namespace

ContextCache::Place ContextCache::Longest(absl::Span<const TokenId> context) {
  Place best;
  auto best_entry = entries_.end();
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    const std::int64_t length = entry->pass->length;
    if (length <= best.length() || length > static_cast<std::int64_t>(context.size())) continue;
    const auto found = entry->rows.find(context.first(static_cast<std::size_t>(length)));
    if (found == entry->rows.end()) continue;
    best = {entry->pass, found->second};
    best_entry = entry;
  }
  if (best_entry != entries_.end()) entries_.splice(entries_.begin(), entries_, best_entry);
  return best;
}

void ContextCache::Clear() {
  entries_.clear();
  bytes_ = 0;
}

void ContextCache::Keep(ContextPass pass) {
  bytes_ += pass.bytes;
  Entry entry = {std::make_shared<const ContextPass>(std::move(pass)), {}};
  for (std::size_t i = 0; i < entry.pass->contexts.size(); ++i) {
    entry.rows.emplace(entry.pass->contexts[i], static_cast<std::int64_t>(i));
  }
  entries_.push_front(std::move(entry));
  while (entries_.size() > 1 && (bytes_ > capacity_ || entries_.size() > kMostPasses)) {
    bytes_ -= entries_.back().pass->bytes;
    entries_.pop_back();
  }
}

}  // namespace bytepiece::lm
