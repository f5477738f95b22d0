// SPDX-License-Identifier: Apache-2.0
// A failed Status as a Python exception with its words, and signals that arrive while C++
// works.
//
//   kInvalidArgument and the like   ValueError        kResourceExhausted   MemoryError
//   kNotFound                       FileNotFoundError kUnavailable         OSError
//   kCancelled                      the exception that stopped the work
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace bytepiece {

namespace nb = nanobind;

// A message in the names that Python has for options: "--vocab-size" becomes "vocab_size".
std::string InPythonWords(std::string_view message);

// Throws the exception of a status that is not OK, with its message in Python's words.
[[noreturn]] void Throw(const absl::Status& status);

inline void ThrowIfError(const absl::Status& status) {
  if (!status.ok()) Throw(status);
}

template <typename T>
T ValueOrThrow(absl::StatusOr<T> value) {
  if (!value.ok()) Throw(value.status());
  return *std::move(value);
}

// Throws what a signal's handler raised, KeyboardInterrupt for Ctrl-C. Requires the GIL.
void ThrowIfSignalled();

// The first Python exception of work that C++ has to stop first, for Rethrow afterwards.
class KeptException {
 public:
  // Keeps the current C++ exception, a nb::python_error. Requires the GIL, as Rethrow does.
  void KeepCurrent();
  bool has_value() const { return error_.has_value(); }
  // Throws what is kept, or does nothing.
  void Rethrow();

 private:
  std::optional<nb::python_error> error_;
};

}  // namespace bytepiece
