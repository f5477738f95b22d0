// SPDX-License-Identifier: Apache-2.0
#include "corpus/note_sentences.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace bytepiece {

std::string LeftOutSentence(const InputNotes& notes) {
  if (notes.left_out == 0) return "";
  const bool are_more = static_cast<std::size_t>(notes.left_out) > notes.first_left_out.size();
  return absl::StrCat("left out as bad: ", notes.left_out, "; ",
                      absl::StrJoin(notes.first_left_out, "; "), are_more ? "; and so on" : "");
}

std::string ReplacedSentence(const InputNotes& notes) {
  if (notes.replaced == 0) return "";
  return absl::StrCat("half surrogates in the text, replaced by U+FFFD: ", notes.replaced,
                      "; the first in ", notes.first_replaced);
}

}  // namespace bytepiece
