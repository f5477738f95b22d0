// SPDX-License-Identifier: Apache-2.0
// A vocabulary of the input's, and the definition of the best segmentation over a map of its
// pieces: nothing that the encoder uses.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bytepiece/tokenizer.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/support/brute_force.h"
#include "tests/support/models.h"

namespace bytepiece {

// All bytes and up to 40 longer pieces, some over few letters, whose counts often tie. Scores are
// logarithms or whole.
inline Tokenizer TakeTokenizer(FuzzedDataProvider* input) {
  const auto form = input->ConsumeBool() ? Normalization::kNfc : Normalization::kNone;
  const std::string letters =
      "ab \n\xCC\x81"
      "e9";
  std::map<std::string, std::int64_t> counts;
  while (counts.size() < 40 && input->ConsumeBool()) {
    std::string piece;
    if (input->ConsumeBool()) {
      piece = input->ConsumeRandomLengthString(20);
    } else {
      const auto size = input->ConsumeIntegralInRange<std::size_t>(1, 12);
      for (std::size_t i = 0; i < size; ++i) {
        piece += letters[input->ConsumeIntegralInRange<std::size_t>(0, letters.size() - 1)];
      }
    }
    if (piece.empty()) continue;
    counts[piece] = input->ConsumeBool()
                        ? 1 + (input->ConsumeIntegral<std::uint8_t>() & 3)
                        : std::int64_t{1} + input->ConsumeIntegral<std::uint32_t>();
  }
  std::vector<Piece> pieces;
  for (const auto& [bytes, count] : counts) pieces.push_back({bytes, count});
  Model model = MakeModel(std::move(pieces), form);
  if (input->ConsumeBool()) SetScores(ScoreKind::kWhole, &model);
  absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(std::move(model));
  FUZZ_REQUIRE(tokenizer.ok());
  return *std::move(tokenizer);
}

class PieceMap {
 public:
  explicit PieceMap(const Vocabulary& vocabulary) {
    TokenId id = kFirstPieceId;
    for (const ScoredPiece& piece : PiecesOf(vocabulary)) {
      pieces_[piece.bytes] = {id++, piece.score};
      longest_ = std::max(longest_, piece.bytes.size());
    }
  }

  // The largest sum from left to right; on a tie for the end of any prefix, the longest last piece.
  void AppendBest(std::string_view chunk, std::vector<TokenId>* ids) const {
    struct Last {
      double score = -std::numeric_limits<double>::infinity();
      TokenId id = -1;
      std::size_t begin = 0;
    };
    std::vector<Last> best(chunk.size() + 1);
    best[0].score = 0;
    for (std::size_t begin = 0; begin < chunk.size(); ++begin) {
      for (std::size_t size = 1; size <= longest_ && begin + size <= chunk.size(); ++size) {
        const auto found = pieces_.find(chunk.substr(begin, size));
        if (found == pieces_.end()) continue;
        const double score = best[begin].score + found->second.score;
        if (score > best[begin + size].score) best[begin + size] = {score, found->second.id, begin};
      }
    }
    const std::size_t first = ids->size();
    for (std::size_t end = chunk.size(); end > 0; end = best[end].begin) {
      ids->push_back(best[end].id);
    }
    std::reverse(ids->begin() + static_cast<std::ptrdiff_t>(first), ids->end());
  }

 private:
  struct Entry {
    TokenId id = -1;
    double score = 0;
  };
  std::map<std::string, Entry, std::less<>> pieces_;
  std::size_t longest_ = 0;
};

}  // namespace bytepiece
