// SPDX-License-Identifier: Apache-2.0
#include "python/core/text_argument.h"

#include <nanobind/stl/string.h>

#include <cstdio>
#include <string>

namespace bytepiece {
namespace {

// Replaces the UnicodeEncodeError that is set by one that says what to do.
[[noreturn]] void ThrowLoneSurrogate(nb::handle str) {
  nb::python_error error;
  if (!error.matches(PyExc_UnicodeEncodeError)) throw error;
  const nb::object start = error.value().attr("start");
  const nb::object code = nb::module_::import_("builtins").attr("ord")(str[start]);
  char message[200];
  std::snprintf(message, sizeof message,
                "the text has half a surrogate pair, U+%04lX, at character %zd, which is no "
                "Unicode text; give bytes (text.encode('utf-8', 'surrogatepass')), or replace it",
                nb::cast<unsigned long>(code), nb::cast<Py_ssize_t>(start));
  throw nb::value_error(message);
}

}  // namespace

std::string_view Utf8Of(nb::handle str) {
  Py_ssize_t size = 0;
  const char* utf8 = PyUnicode_AsUTF8AndSize(str.ptr(), &size);
  if (utf8 == nullptr) ThrowLoneSurrogate(str);
  return {utf8, static_cast<std::size_t>(size)};
}

TextArgument::TextArgument(nb::handle object, const char* what) {
  if (PyUnicode_Check(object.ptr())) {
    bytes_ = Utf8Of(object);
    is_str_ = true;
  } else if (PyBytes_Check(object.ptr())) {
    char* data = nullptr;
    Py_ssize_t size = 0;
    if (PyBytes_AsStringAndSize(object.ptr(), &data, &size) != 0) throw nb::python_error();
    bytes_ = {data, static_cast<std::size_t>(size)};
  } else if (PyObject_CheckBuffer(object.ptr())) {
    if (PyObject_GetBuffer(object.ptr(), &buffer_, PyBUF_SIMPLE) != 0) throw nb::python_error();
    bytes_ = {static_cast<const char*>(buffer_.buf), static_cast<std::size_t>(buffer_.len)};
  } else {
    const std::string type = nb::cast<std::string>(object.type().attr("__name__"));
    throw nb::type_error((std::string(what) + " must be str or bytes, not " + type).c_str());
  }
}

TextArgument::~TextArgument() {
  if (buffer_.obj != nullptr) PyBuffer_Release(&buffer_);
}

}  // namespace bytepiece
