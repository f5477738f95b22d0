// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/soft_counts.h"

#include <algorithm>
#include <numbers>

#include "trainer/grow/piece_scores.h"

namespace bytepiece {
namespace {

// PieceScores are half logarithms.
constexpr double kSharpness = 2;

// No weight is above, else it would be infinite (kMostPlainWeight).
const double kLargestScore = 390 * std::numbers::ln2 / kSharpness;

std::vector<double> ScoresWithoutDrift(const std::vector<Piece>& pieces) {
  std::vector<double> scores = PieceScores(pieces);
  double sum = 0;
  double bytes = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto count = static_cast<double>(pieces[i].count);
    sum += count * scores[i];
    bytes += count * static_cast<double>(pieces[i].bytes.size());
  }
  double a_byte = -sum / bytes;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto length = static_cast<double>(pieces[i].bytes.size());
    a_byte = std::min(a_byte, (kLargestScore - scores[i]) / length);
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    scores[i] += a_byte * static_cast<double>(pieces[i].bytes.size());
  }
  return scores;
}

}  // namespace

SoftCounts::SoftCounts(const std::vector<Piece>& pieces, const PieceScanner& scanner)
    : sets_(scanner) {
  if (!sets_.empty()) weights_ = SamplingWeights(ScoresWithoutDrift(pieces), kSharpness, &sets_);
}

std::int64_t SoftCounts::MemoryOf(std::size_t piece_length, int threads) {
  // A word for each of its beginnings. For 1.04 rows of 8 places (vocabularies of 50000 and
  // 65000): values and weights, and what each thread adds up; 24 for its weight by value. A
  // row's long places: at worst the piece's own beginnings.
  const auto length = static_cast<std::int64_t>(piece_length);
  const std::int64_t most_long = std::max<std::int64_t>(0, length - MatchSet::kMaxShort);
  return 160 + 4 * length + 90 * threads + most_long * (13 + 8 * threads);
}

}  // namespace bytepiece
