// SPDX-License-Identifier: Apache-2.0
// One line of JSON Lines: an object, of which one string field is wanted.
//
// No JSON library, since each checks the whole line: one number beyond 64 bits, NaN as Python
// writes it, or half a surrogate anywhere would cost the document. Here only what is read must
// be good, and the object's own punctuation; of other values no more than their ends is sought.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace bytepiece {

// Serves one thread. Takes time linear in the line, whatever its nesting, and memory for the text.
class JsonLineParser {
 public:
  // "meta.text" is the field of that name or, if there is none, "text" in the object "meta". Of
  // several ways to read the name, the one with the longest key counts.
  explicit JsonLineParser(std::string field) : field_(std::move(field)) {}

  // Replaces *text by the field's value; if the object names the field twice, the last one
  // counts, as with Python. Half a surrogate becomes U+FFFD; *replaced is increased by their
  // number. Errors state the cause and the remedy; the caller adds file and line.
  absl::Status Parse(std::string_view line, std::string* text, std::int64_t* replaced) const;

  // Whether the line is an object that has the field, whatever its value.
  bool HasField(std::string_view line) const;

  // Whether the line is an object with a field, of whatever name.
  static bool IsObject(std::string_view line);

 private:
  std::string field_;
};

}  // namespace bytepiece
