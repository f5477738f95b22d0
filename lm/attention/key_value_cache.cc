// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/key_value_cache.h"

#include <algorithm>

namespace bytepiece::lm {

void KeyValueCache::MakeRoom(std::int64_t capacity, const torch::Tensor& k,
                             const torch::Tensor& v) {
  const auto moved = [&](const torch::Tensor& buffer, const torch::Tensor& like) {
    torch::Tensor bigger =
        torch::empty({like.size(0), like.size(1), capacity, like.size(3)}, like.options());
    if (kept() > 0) bigger.narrow(2, 0, kept()).copy_(buffer.slice(2, begin_, end_));
    return bigger;
  };
  keys_ = moved(keys_, k);
  values_ = moved(values_, v);
  end_ -= begin_;
  begin_ = 0;
}

KeyValueCache KeyValueCache::Select(const torch::Tensor& rows) const {
  KeyValueCache result(window_);
  result.appended_ = appended_;
  if (!keys_.defined()) return result;
  result.end_ = kept();
  result.keys_ = keys().index_select(0, rows);
  result.values_ = values().index_select(0, rows);
  return result;
}

void KeyValueCache::Append(const torch::Tensor& k, const torch::Tensor& v) {
  constexpr std::int64_t kLeastCapacity = 16;
  appended_ += k.size(2);
  // No more than a window of a block longer than that is ever seen again.
  const std::int64_t added = window_ > 0 ? std::min(k.size(2), window_) : k.size(2);
  if (!keys_.defined() || end_ + added > keys_.size(2)) {
    MakeRoom(std::max(kept() + added + kept() / 2, kLeastCapacity), k, v);
  }
  keys_.narrow(2, end_, added).copy_(k.slice(2, k.size(2) - added));
  values_.narrow(2, end_, added).copy_(v.slice(2, v.size(2) - added));
  end_ += added;
  if (window_ > 0) begin_ = std::max(begin_, end_ - window_);
}

}  // namespace bytepiece::lm
