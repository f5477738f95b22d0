// SPDX-License-Identifier: Apache-2.0
#include "python/core/arrays.h"

#include <nanobind/stl/string.h>

#include <string>

namespace bytepiece {
namespace {

[[noreturn]] void ThrowNoId(nb::handle item) {
  const std::string text = nb::cast<std::string>(nb::str(item));
  throw nb::value_error(("token id " + text + " is outside the vocabulary").c_str());
}

TokenId IdOf(nb::handle item) {
  int overflow = 0;
  const long id = PyLong_AsLongAndOverflow(item.ptr(), &overflow);
  if (id == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
  if (overflow != 0 || id != static_cast<TokenId>(id)) ThrowNoId(item);
  return static_cast<TokenId>(id);
}

template <typename T>
bool AppendOf(nb::handle object, std::vector<TokenId>* ids) {
  nb::ndarray<const T, nb::ndim<1>, nb::device::cpu> array;
  if (!nb::try_cast(object, array, /*convert=*/false)) return false;
  const auto view = array.view();
  ids->resize(view.shape(0));
  for (std::size_t i = 0; i < ids->size(); ++i) {
    const T id = view(i);
    if (static_cast<T>(static_cast<TokenId>(id)) != id ||
        (id > 0) != (static_cast<TokenId>(id) > 0)) {
      ThrowNoId(nb::int_(id));
    }
    (*ids)[i] = static_cast<TokenId>(id);
  }
  return true;
}

}  // namespace

nb::object IdArray(std::vector<TokenId> ids, bool wide) {
  const std::size_t size = ids.size();
  if (wide) {
    return nb::cast(ArrayOver<std::uint32_t, Array<std::uint32_t>>(std::move(ids), {size}));
  }
  return nb::cast(ArrayOf(std::vector<std::uint16_t>(ids.begin(), ids.end())));
}

std::vector<TokenId> IdsOf(nb::handle sequence) {
  std::vector<TokenId> ids;
  if (PyList_Check(sequence.ptr())) {
    const auto size = static_cast<std::size_t>(PyList_Size(sequence.ptr()));
    ids.reserve(size);
    const auto list = nb::borrow<nb::list>(sequence);
    for (const nb::handle item : list) ids.push_back(IdOf(item));
    return ids;
  }
  if (nb::ndarray_check(sequence)) {
    if (AppendOf<std::uint16_t>(sequence, &ids) || AppendOf<std::uint32_t>(sequence, &ids) ||
        AppendOf<std::int64_t>(sequence, &ids) || AppendOf<std::int32_t>(sequence, &ids) ||
        AppendOf<std::uint64_t>(sequence, &ids) || AppendOf<std::int16_t>(sequence, &ids) ||
        AppendOf<std::uint8_t>(sequence, &ids)) {
      return ids;
    }
  }
  if (PyUnicode_Check(sequence.ptr()) || PyBytes_Check(sequence.ptr())) {
    throw nb::type_error("ids must be integers, not text");
  }
  for (const nb::handle item : nb::iter(sequence)) ids.push_back(IdOf(item));
  return ids;
}

nb::object IdList(absl::Span<const TokenId> ids) {
  PyObject* list = PyList_New(static_cast<Py_ssize_t>(ids.size()));
  if (list == nullptr) throw nb::python_error();
  nb::object result = nb::steal(list);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    PyObject* id = PyLong_FromLong(ids[i]);
    if (id == nullptr) throw nb::python_error();
#ifdef Py_LIMITED_API
    PyList_SetItem(list, static_cast<Py_ssize_t>(i), id);
#else
    PyList_SET_ITEM(list, static_cast<Py_ssize_t>(i), id);
#endif
  }
  return result;
}

}  // namespace bytepiece
