// SPDX-License-Identifier: Apache-2.0
// Which borders inside a text pieces may not cross, for those who want whole words, or
// punctuation and line ends apart from what they follow (`--no-cross`).
//
//   spaces       a piece has white space at its start alone: " of" is one, "of " and
//                " of the" are none
//   punctuation  no letters, digits and other marks of writing beside punctuation and
//                symbols: "end" and ")." may be pieces, "end)" not; white space goes with both
//   newlines     newlines stand with newlines: "\n\n" is one, ";\n" is none
//
// Punctuation and symbols are ASCII's, Latin-1's, the commas and full stops of Arabic,
// Hebrew, Armenian and Indic scripts, Unicode's blocks of punctuation, currency,
// arrows, mathematics, shapes, emoji, and CJK's with its wide forms: a table, so that a
// vocabulary does not depend on the Unicode version installed.
#pragma once

#include <string_view>

#include "bytepiece/model/model.h"

namespace bytepiece {

// Whether the spec's cross_spaces, cross_punctuation, cross_newlines allow `bytes` as a
// piece. True for any single byte or character.
bool MayBePiece(std::string_view bytes, const TrainerSpec& spec);

// Whether they allow everything.
bool MayCrossAll(const TrainerSpec& spec);

}  // namespace bytepiece
