// SPDX-License-Identifier: Apache-2.0
// Where work is, told to Python; and whether to go on, asked of it.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <vector>

#include "bytepiece/base/progress.h"
#include "python/core/errors.h"

namespace bytepiece {

namespace nb = nanobind;

class PythonProgress : public ProgressSink {
 public:
  // `call` takes (stage, stages, name, done, total, unit, memory, spilled), or is None. Its
  // exceptions, and those of signals, are kept and stop the work.
  PythonProgress(nb::object call, KeptException* kept) : call_(std::move(call)), kept_(kept) {}

  bool Update(const Progress& progress) override {
    const nb::gil_scoped_acquire gil;
    try {
      ThrowIfSignalled();
      if (!call_.is_none()) {
        call_(progress.stage, progress.stages, Str(progress.name), progress.done, progress.total,
              Str(progress.unit), progress.memory, progress.spilled);
      }
      return true;
    } catch (nb::python_error&) {
      kept_->KeepCurrent();
      return false;
    }
  }

  void Note(std::string_view sentence) override { notes_.push_back(InPythonWords(sentence)); }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  static nb::str Str(std::string_view text) { return nb::str(text.data(), text.size()); }

  nb::object call_;
  KeptException* const kept_;
  std::vector<std::string> notes_;
};

}  // namespace bytepiece
