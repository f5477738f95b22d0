// SPDX-License-Identifier: Apache-2.0
#include "lm/key_value_cache.h"

#include <algorithm>

namespace bytepiece::lm {

void KeyValueCache::MakeRoom(const torch::Tensor& k, const torch::Tensor& v) {
  constexpr std::int64_t kLeastCapacity = 16;
  const std::int64_t capacity = std::max(2 * kept(), kLeastCapacity);
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

void KeyValueCache::Append(const torch::Tensor& k, const torch::Tensor& v) {
  if (!keys_.defined() || end_ == keys_.size(2)) MakeRoom(k, v);
  keys_.narrow(2, end_, 1).copy_(k);
  values_.narrow(2, end_, 1).copy_(v);
  ++end_;
  ++appended_;
  if (window_ > 0 && kept() > window_) ++begin_;
}

}  // namespace bytepiece::lm
