// SPDX-License-Identifier: Apache-2.0
// One line of JSON Lines: an object, of which one string field is wanted.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"

namespace bytepiece {

// Keeps its parser's memory from line to line: some 14 bytes of address space
// per byte of the longest line, most of it never touched. For one thread.
class JsonLineParser {
 public:
  explicit JsonLineParser(std::string field);
  JsonLineParser(JsonLineParser&&) noexcept;
  ~JsonLineParser();

  // Replaces *text by the field's value; if the object names the field twice, the
  // last one counts, as with Python. `line` is valid again after the call, but
  // may be moved in memory. The whole line is checked. Errors state the cause and
  // the remedy; the caller adds file and line.
  absl::Status Parse(std::string* line, std::string* text);

 private:
  struct Impl;
  std::string field_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bytepiece
