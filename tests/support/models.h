// SPDX-License-Identifier: Apache-2.0
// Models for tests.
#pragma once

#include <string>
#include <vector>

#include "bytepiece/model/model.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece {

// A valid model of the given pieces and every byte not among them (count 1),
// sorted by (length, bytes) as the trainer does.
Model MakeModel(std::vector<Piece> pieces, Normalization normalization = Normalization::kNone);

// A model of about 900 pieces with everything text may need: words, pieces that
// end in spaces or newlines, whole and cut characters, NFC composites.
Model MakeMixedModel(Normalization normalization = Normalization::kNfc);

// Tokenizers of models for tests: of MakeMixedModel; of the pieces "ab", "b\n\n", e with an acute,
// the same before "a", every byte, and the special tokens "<|a|>", "<|a|><|b|>" and a reserved one.
Tokenizer MakeMixedTokenizer(Normalization normalization = Normalization::kNfc);
Tokenizer MakeSpecialTokenizer(Normalization normalization = Normalization::kNfc);

}  // namespace bytepiece
