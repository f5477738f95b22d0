// SPDX-License-Identifier: Apache-2.0
// inspect: a vocabulary as a whole.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>

#include "bytepiece/tokenizer.h"
#include "cli/program/style.h"

namespace bytepiece {

// A line that names the kind of the scores which inspect shows.
std::string ScoresLine(const Tokenizer& tokenizer);

// Sizes, where the model comes from, lengths, scripts, the `extremes` most and
// least frequent pieces (of two bytes or more: single bytes are always there).
void PrintVocabulary(const Tokenizer& tokenizer, std::size_t extremes, const Style& style,
                     std::ostream& out);
nlohmann::ordered_json VocabularyJson(const Tokenizer& tokenizer, std::size_t extremes);

}  // namespace bytepiece
