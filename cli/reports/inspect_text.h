// SPDX-License-Identifier: Apache-2.0
// inspect: why a text is cut as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/tokenizer.h"
#include "cli/program/style.h"

namespace bytepiece {

struct ExplainOptions {
  std::size_t nbest = 5;     // segmentations shown, the chosen one among them
  double alpha = 1;          // of the probabilities
  bool lattice = false;      // print probabilities of pieces and boundaries too
  std::size_t distinct = 0;  // random segmentations shown, without replacement
  std::uint64_t seed = 0;    // of these; the chunk's number selects the stream
  // A segmentation to score, as the ends of its tokens in the normalised text; empty: none.
  std::vector<std::size_t> ends = {};
};

// The ends of the tokens of a line of pieces (piece_text.h) that spell the normalised text.
// Error: a token that is none or no piece; other bytes; a token across the end of a chunk.
absl::StatusOr<std::vector<std::size_t>> SegmentationEnds(const Tokenizer& tokenizer,
                                                          std::string_view text,
                                                          std::string_view line);

// The memory, about and at most, that an explanation of the text takes: of the chunk that takes
// most or, as JSON is held whole, of all together.
std::int64_t ExplanationMemory(const Tokenizer& tokenizer, std::string_view text,
                               const ExplainOptions& options, bool json);

// For each chunk of the normalised text: the best segmentations, and the pieces
// that compete for each position.
void PrintExplanation(const Tokenizer& tokenizer, std::string_view text,
                      const ExplainOptions& options, const Style& style, std::ostream& out);

// The same, the lattice's numbers always included.
nlohmann::ordered_json ExplanationJson(const Tokenizer& tokenizer, std::string_view text,
                                       const ExplainOptions& options);

}  // namespace bytepiece
