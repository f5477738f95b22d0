// SPDX-License-Identifier: Apache-2.0
#include "tests/support/whole_unigram.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace bytepiece {

std::vector<Kernel> KernelsHere() {
  std::vector<Kernel> kernels;
  for (const Kernel kernel :
       {Kernel::kPlain, Kernel::kSse4, Kernel::kAvx2, Kernel::kAvx512, Kernel::kNeon}) {
    if (HasKernel(kernel)) kernels.push_back(kernel);
  }
  return kernels;
}

std::vector<ScoredPiece> WithWholeScores(std::vector<ScoredPiece> pieces, int least,
                                         RandomText* random) {
  for (ScoredPiece& piece : pieces) {
    const auto cost = static_cast<double>(random->Below(static_cast<std::size_t>(1 - least)));
    piece.score = -cost * WholeRows::kUnit;
  }
  return pieces;
}

std::vector<ScoredPiece> WithExtremeScores(std::vector<ScoredPiece> pieces, RandomText* random) {
  for (ScoredPiece& piece : pieces) {
    const bool is_dear = piece.bytes.size() == 1 || random->Below(4) == 0;
    piece.score = is_dear ? WholeRows::kLeastScore * WholeRows::kUnit : 0;
  }
  return pieces;
}

std::vector<ScoredPiece> LongPieces(std::size_t longest, RandomText* random) {
  std::vector<ScoredPiece> pieces = {{"a", 0}, {"b", 0}};
  for (std::size_t length = 2; length <= longest; length += 1 + length / 8) {
    for (const std::string& bytes : {std::string(length, 'a'), random->Over("ab", length),
                                     random->Over("aaaaaaaab", length)}) {
      const auto same = [&](const ScoredPiece& piece) { return piece.bytes == bytes; };
      if (std::none_of(pieces.begin(), pieces.end(), same)) pieces.push_back({bytes, 0});
    }
  }
  return WithAllBytes(std::move(pieces));
}

WholeUnigram::WholeUnigram(std::vector<ScoredPiece> pieces) : unigram(std::move(pieces)) {
  std::vector<std::string_view> keys;
  for (const ScoredPiece& piece : unigram.pieces()) {
    keys.push_back(piece.bytes);
    scores.push_back(piece.score);
  }
  scanner = PieceScanner::Build(keys, scores);
  rows = WholeRows(scanner, scores);
}

std::string WholeUnigram::RandomPieces(std::size_t length, RandomText* random) const {
  std::string text;
  while (text.size() < length) {
    text += unigram.pieces()[random->Below(unigram.pieces().size())].bytes;
  }
  return text;
}

}  // namespace bytepiece
