// SPDX-License-Identifier: Apache-2.0
// The bytes of one text that Python gives: of a str its UTF-8, of bytes and other buffers
// themselves.
#pragma once

#include <nanobind/nanobind.h>

#include <string_view>

namespace bytepiece {

namespace nb = nanobind;

// The UTF-8 of a str, good for as long as the str. ValueError for a lone surrogate, naming it and
// its place.
std::string_view Utf8Of(nb::handle str);

// Borrows the bytes until it goes; the object must stay as long. Requires the GIL to come and go.
class TextArgument {
 public:
  // TypeError for what is no text, which `what` names.
  explicit TextArgument(nb::handle object, const char* what = "text");
  TextArgument(const TextArgument&) = delete;
  TextArgument& operator=(const TextArgument&) = delete;
  ~TextArgument();

  std::string_view bytes() const { return bytes_; }
  // Whether positions are told in characters unless asked otherwise.
  bool is_str() const { return is_str_; }

 private:
  std::string_view bytes_;
  bool is_str_ = false;
  Py_buffer buffer_ = {};  // obj is null where there is none
};

}  // namespace bytepiece
