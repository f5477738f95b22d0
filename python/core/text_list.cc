// SPDX-License-Identifier: Apache-2.0
#include "python/core/text_list.h"

#include <nanobind/stl/string.h>

#include <cstdint>
#include <cstring>

#include "bytepiece/base/utf8.h"
#include "python/core/arrow_texts.h"

namespace bytepiece {
namespace {

template <typename T>
T* Pointer(nb::handle capsule, const char* name) {
  void* pointer = PyCapsule_GetPointer(capsule.ptr(), name);
  if (pointer == nullptr) throw nb::python_error();
  return static_cast<T*>(pointer);
}

}  // namespace

TextList::TextList(nb::handle texts) {
  if (PyUnicode_Check(texts.ptr()) || PyBytes_Check(texts.ptr())) {
    throw nb::type_error("texts must be a sequence of texts, not one text");
  }
  if (PyList_Check(texts.ptr()) || PyTuple_Check(texts.ptr())) {
    AddSequence(texts);
  } else if (nb::hasattr(texts, "__arrow_c_array__")) {
    AddArrowArray(texts);
  } else if (nb::hasattr(texts, "__arrow_c_stream__")) {
    AddArrowStream(texts);
  } else if (!nb::hasattr(texts, "dtype") || !AddNumpyStrings(texts)) {
    // Of other arrays of strings NumPy makes a list fastest.
    AddSequence(nb::hasattr(texts, "tolist") ? texts.attr("tolist")()
                                             : nb::object(nb::list(texts)));
  }
}

void TextList::AddSequence(nb::handle sequence) {
  // Its own reference to each item: a list may change while its texts are read.
  PyObject* tuple = PySequence_Tuple(sequence.ptr());
  if (tuple == nullptr) throw nb::python_error();
  owner_ = nb::steal(tuple);
  const Py_ssize_t size = PyTuple_Size(tuple);
  texts_.reserve(size);
  for (Py_ssize_t i = 0; i < size; ++i) {
    PyObject* item = PyTuple_GetItem(tuple, i);
    if (PyUnicode_Check(item)) {
      texts_.push_back(Utf8Of(item));
    } else if (PyBytes_Check(item)) {
      char* bytes = nullptr;
      Py_ssize_t length = 0;
      PyBytes_AsStringAndSize(item, &bytes, &length);
      texts_.emplace_back(bytes, length);
    } else {
      texts_.push_back(buffers_.emplace_back(item, ("item " + std::to_string(i)).c_str()).bytes());
    }
  }
}

void TextList::AddArrowArray(nb::handle exporter) {
  owner_ = exporter.attr("__arrow_c_array__")();
  const auto* schema = Pointer<ArrowSchema>(nb::object(owner_[0]), "arrow_schema");
  const auto* array = Pointer<ArrowArray>(nb::object(owner_[1]), "arrow_array");
  texts_.reserve(array->length);
  AppendArrowTexts(*schema, *array, 0, &texts_);
}

void TextList::AddArrowStream(nb::handle exporter) {
  owner_ = exporter.attr("__arrow_c_stream__")();
  auto* stream = Pointer<ArrowArrayStream>(owner_, "arrow_array_stream");
  const auto check = [stream](int error) {
    if (error == 0) return;
    const char* message = stream->get_last_error(stream);
    throw nb::value_error(message != nullptr ? message : std::strerror(error));
  };
  OwnedArrow<ArrowSchema> schema;
  check(stream->get_schema(stream, schema.get()));
  for (;;) {
    OwnedArrow<ArrowArray> array;
    check(stream->get_next(stream, array.get()));
    if (array->release == nullptr) return;
    const auto first_row = static_cast<std::int64_t>(texts_.size());
    AppendArrowTexts(*schema, *arrays_.emplace_back(std::move(array)), first_row, &texts_);
  }
}

bool TextList::AddNumpyStrings(nb::handle array) {
  const std::string kind = nb::cast<std::string>(array.attr("dtype").attr("kind"));
  if (kind != "S" && kind != "U") return false;
  owner_ = nb::module_::import_("numpy").attr("ascontiguousarray")(array);
  if (nb::cast<int>(owner_.attr("ndim")) != 1)
    throw nb::type_error("texts must be one-dimensional");
  const auto count = nb::cast<std::size_t>(owner_.attr("size"));
  const auto width = nb::cast<std::size_t>(owner_.attr("dtype").attr("itemsize"));
  texts_.reserve(count);
  if (width == 0) {
    texts_.resize(count);
    return true;
  }
  if (kind == "S") {
    const auto bytes = nb::cast<std::uintptr_t>(owner_.attr("ctypes").attr("data"));
    for (std::size_t i = 0; i < count; ++i) {
      const std::string_view item(reinterpret_cast<const char*>(bytes) + i * width, width);
      texts_.push_back(item.substr(0, item.find_last_not_of('\0') + 1));
    }
    return true;
  }
  // UCS-4, in the byte order of the array.
  const nb::object native = owner_.attr("astype")(owner_.attr("dtype").attr("newbyteorder")("="));
  const auto* codes = reinterpret_cast<const std::uint32_t*>(
      nb::cast<std::uintptr_t>(native.attr("ctypes").attr("data")));
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < count; ++i, codes += width / 4) {
    std::size_t length = width / 4;
    while (length > 0 && codes[length - 1] == 0) --length;
    for (std::size_t j = 0; j < length; ++j) {
      if (codes[j] >= 0xD800 && codes[j] < 0xE000) Utf8Of(nb::object(native[i]));  // throws
      AppendUtf8(codes[j], &converted_);
    }
    ends.push_back(converted_.size());
  }
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    texts_.emplace_back(converted_.data() + begin, end - begin);
    begin = end;
  }
  return true;
}

}  // namespace bytepiece
