// SPDX-License-Identifier: Apache-2.0
// All token sequences that spell a text, one by one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/lm/continuation/table_model.h"

namespace bytepiece::lm {

// Calls visit(tokens, bytes, probability) for every sequence of the toy's tokens after
// `context` whose bytes begin with `text` and without the last token do not (so that for
// the empty text: for every token), <eos> being an end and no token of it.
void ForEachCover(
    const Toy& toy, const TokenContext& context, const std::string& text,
    const std::function<void(const std::vector<TokenId>&, const std::string&, double)>& visit);

// Whether Encode of their bytes gives these tokens.
bool IsCanonical(const Toy& toy, const std::vector<TokenId>& tokens);

}  // namespace bytepiece::lm
