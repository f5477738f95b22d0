// SPDX-License-Identifier: Apache-2.0
// Prompts from standard input, and what each method makes of them, side by side.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/prefix/prefix_index.h"
#include "bytepiece/tokenizer.h"
#include "cli/program/style.h"
#include "lm/continuation/token_model.h"

namespace bytepiece::lm {

// Prints for every line of standard input its tokens, and a column for each method with the most
// probable continuations and their probabilities, and what it writes taking the most
// probable token each time. Ends with the input.
absl::Status ContinuationDialog(const std::vector<std::string>& methods, const Tokenizer& tokenizer,
                                const PrefixIndex& index, const Style& style, TokenModel* model);

}  // namespace bytepiece::lm
