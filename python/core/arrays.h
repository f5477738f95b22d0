// SPDX-License-Identifier: Apache-2.0
// Vectors of C++ as arrays of NumPy: their memory is handed over, not copied.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "bytepiece/base/types.h"

namespace bytepiece {

namespace nb = nanobind;

template <typename T>
using Array = nb::ndarray<nb::numpy, T, nb::ndim<1>, nb::c_contig>;
template <typename T>
using Array2 = nb::ndarray<nb::numpy, T, nb::shape<-1, 2>, nb::c_contig>;
// What functions take: any array that is one already.
template <typename T>
using InArray = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// An array of `shape` over the vector's elements, seen as T.
template <typename T, typename ArrayT, typename Element>
ArrayT ArrayOver(std::vector<Element> values, std::initializer_list<std::size_t> shape) {
  auto held = std::make_unique<std::vector<Element>>(std::move(values));
  T* data = reinterpret_cast<T*>(held->data());
  nb::capsule owner(
      held.get(), [](void* vector) noexcept { delete static_cast<std::vector<Element>*>(vector); });
  held.release();
  return ArrayT(data, shape, owner);
}

template <typename T>
Array<T> ArrayOf(std::vector<T> values) {
  const std::size_t size = values.size();
  return ArrayOver<T, Array<T>>(std::move(values), {size});
}

// Half-open ranges, a row each.
inline Array2<std::int64_t> ArrayOf(std::vector<ByteSpan> spans) {
  static_assert(sizeof(ByteSpan) == 2 * sizeof(std::int64_t));
  const std::size_t size = spans.size();
  return ArrayOver<std::int64_t, Array2<std::int64_t>>(std::move(spans), {size, 2});
}

// Ids as uint32, or uint16 unless `wide`.
nb::object IdArray(std::vector<TokenId> ids, bool wide);

// The ids of any sequence of integers. ValueError for one that is no id of any vocabulary.
std::vector<TokenId> IdsOf(nb::handle sequence);

// A list of int.
nb::object IdList(absl::Span<const TokenId> ids);

}  // namespace bytepiece
