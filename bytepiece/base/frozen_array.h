// SPDX-License-Identifier: Apache-2.0
// A table that is made once and then only read. It owns its elements or shows
// those that someone else keeps, such as a mapped file.
#pragma once

#include <cstddef>
#include <utility>

#include "absl/types/span.h"
#include "bytepiece/base/large_pages.h"

namespace bytepiece {

template <typename T>
class FrozenArray {
 public:
  FrozenArray() = default;
  explicit FrozenArray(LargeVector<T> elements) : owned_(std::move(elements)), view_(owned_) {}

  // Shows elements that stay where they are for as long as this is used.
  static FrozenArray View(absl::Span<const T> elements) {
    FrozenArray array;
    array.view_ = elements;
    return array;
  }

  // An array that was moved from is empty.
  FrozenArray(FrozenArray&& other) noexcept { *this = std::move(other); }
  FrozenArray& operator=(FrozenArray&& other) noexcept {
    owned_ = std::move(other.owned_);
    view_ = std::exchange(other.view_, {});
    return *this;
  }

  const T* data() const { return view_.data(); }
  std::size_t size() const { return view_.size(); }
  bool empty() const { return view_.empty(); }
  const T& operator[](std::size_t i) const { return view_[i]; }
  absl::Span<const T> span() const { return view_; }

  // The elements to be changed, copied if they are someone else's. Leaves this empty.
  LargeVector<T> Thaw() {
    LargeVector<T> elements = std::move(owned_);
    if (elements.empty()) elements.assign(view_.begin(), view_.end());
    *this = FrozenArray();
    return elements;
  }

 private:
  LargeVector<T> owned_;
  absl::Span<const T> view_;
};

}  // namespace bytepiece
