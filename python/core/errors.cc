// SPDX-License-Identifier: Apache-2.0
#include "python/core/errors.h"

#include <string>

namespace bytepiece {
namespace {

PyObject* ExceptionOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kNotFound:
      return PyExc_FileNotFoundError;
    case absl::StatusCode::kPermissionDenied:
      return PyExc_PermissionError;
    case absl::StatusCode::kAlreadyExists:
      return PyExc_FileExistsError;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
      return PyExc_OSError;
    case absl::StatusCode::kResourceExhausted:
      return PyExc_MemoryError;
    case absl::StatusCode::kCancelled:
      return PyExc_KeyboardInterrupt;
    case absl::StatusCode::kUnimplemented:
      return PyExc_NotImplementedError;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return PyExc_RuntimeError;
    default:
      return PyExc_ValueError;
  }
}

bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

std::string InPythonWords(std::string_view message) {
  std::string words;
  while (!message.empty()) {
    const bool starts_word = words.empty() || words.back() == ' ' || words.back() == '(';
    if (!starts_word || message.size() < 3 || message.substr(0, 2) != "--" ||
        !IsLetter(message[2])) {
      words += message[0];
      message.remove_prefix(1);
      continue;
    }
    message.remove_prefix(2);
    while (!message.empty() && (IsLetter(message[0]) || message[0] == '-')) {
      words += message[0] == '-' ? '_' : message[0];
      message.remove_prefix(1);
    }
  }
  return words;
}

void Throw(const absl::Status& status) {
  PyErr_SetString(ExceptionOf(status.code()), InPythonWords(std::string(status.message())).c_str());
  throw nb::python_error();
}

void ThrowIfSignalled() {
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

void KeptException::KeepCurrent() {
  try {
    throw;
  } catch (nb::python_error& error) {
    if (!error_) error_.emplace(std::move(error));
  }
}

void KeptException::Rethrow() {
  if (!error_) return;
  nb::python_error error = std::move(*error_);
  error_.reset();
  throw error;
}

}  // namespace bytepiece
