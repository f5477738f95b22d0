// SPDX-License-Identifier: Apache-2.0
// A model as SentencePiece reads it: Unigram over characters, with bytes where these are no pieces.
// Not all of a model fits. What does not keeps its id, and no text becomes it:
// - pieces that are no whole characters, as all but single bytes are if the model is of Unicode;
// - pieces with the byte 0 among others, which end there for that library;
// - pieces with a name that is taken there, such as "<0x41>".
// A byte of another character than ASCII has its id, but no score: such a character has one for all
// its bytes. Text is not normalised. docs/exports.md has what remains equal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/base/export.h"
#include "bytepiece/model/model.h"

namespace bytepiece::inline v0 {

struct SentencePieceModel {
  std::string bytes;  // of the file
  // Pieces that have no place in it, by the list above.
  std::int64_t broken_pieces = 0;
  std::int64_t zero_pieces = 0;
  std::int64_t taken_pieces = 0;
  // Ids after all others: bytes of ASCII, which that library wants twice, and its unknown token.
  std::int64_t added_ids = 0;
};

// Error if the model fails ValidateModel, or a special token is called as a byte there, "<0x41>".
BYTEPIECE_EXPORT absl::StatusOr<SentencePieceModel> ToSentencePiece(const Model& model);

// What whoever exports this model should know, each a line.
BYTEPIECE_EXPORT std::vector<std::string> SentencePieceNotes(const Model& model,
                                                             const SentencePieceModel& exported);

}  // namespace bytepiece::inline v0
