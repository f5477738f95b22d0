// SPDX-License-Identifier: Apache-2.0
// The part of a document that is read at once.
#pragma once

#include <cstddef>
#include <string>

namespace bytepiece::inline v0 {

// A document, or one of its parts.
struct DocumentPart {
  std::string text;
  std::size_t file = 0;  // of a corpus: the index of its file
  bool begins_document = true;
  bool ends_document = true;
  // It ends in the midst of a line, where nothing but memory asked for a cut.
  bool cut_anywhere = false;
};

}  // namespace bytepiece::inline v0
