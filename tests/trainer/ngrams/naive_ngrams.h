// SPDX-License-Identifier: Apache-2.0
// The specification's training steps 2 to 4, word for word and slow: the oracle
// of the counter, the model and the segmenter.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "bytepiece/model/model.h"

namespace bytepiece::naive {

// Counts of all n-grams of 0..order bytes.
inline std::map<std::string, std::int64_t> CountNgrams(const std::vector<std::string>& chunks,
                                                       int order) {
  std::map<std::string, std::int64_t> counts;
  for (const std::string& chunk : chunks) {
    counts[""] += static_cast<std::int64_t>(chunk.size());
    for (int n = 1; n <= order; ++n) {
      for (std::size_t i = 0; i + n <= chunk.size(); ++i) ++counts[chunk.substr(i, n)];
    }
  }
  return counts;
}

// Step 3: completed, pruned, scored.
inline std::map<std::string, double> Scores(std::map<std::string, std::int64_t> counts,
                                            std::int64_t min_count) {
  for (int b = 0; b < 256; ++b) {
    std::int64_t& count = counts[std::string(1, static_cast<char>(b))];
    if (count == 0) {
      count = 1;
      ++counts[""];
    }
  }
  std::map<std::string, double> scores;
  for (const auto& [ngram, count] : counts) {
    if (ngram.empty() || (ngram.size() > 1 && count < min_count)) continue;
    const std::int64_t prefix = counts.at(ngram.substr(0, ngram.size() - 1));
    scores[ngram] = std::log(static_cast<double>(count)) - std::log(static_cast<double>(prefix));
  }
  return scores;
}

// Step 4: the full matrix of transitions, all back pointers, -infinity included.
inline std::vector<std::string> SegmentExact(const std::map<std::string, double>& scores,
                                             const std::string& chunk, int order,
                                             bool ensure_unicode, std::size_t* first_dead) {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  const auto emission = [&](std::size_t i, int t) {
    if (t > static_cast<int>(i)) return kNone;
    if (t == 0 && ensure_unicode && (static_cast<unsigned char>(chunk[i]) & 0xC0) == 0x80) {
      return kNone;
    }
    const auto found = scores.find(chunk.substr(i - t, t + 1));
    return found == scores.end() ? kNone : found->second;
  };
  std::vector<std::vector<double>> best(chunk.size(), std::vector<double>(order, kNone));
  std::vector<std::vector<int>> pointers(chunk.size(), std::vector<int>(order, 0));
  *first_dead = std::string::npos;
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    bool alive = false;
    for (int t = 0; t < order; ++t) {
      if (i == 0) {
        best[i][t] = emission(i, t);
      } else {
        for (int k = 0; k < order; ++k) {
          const bool allowed = t == 0 || t == std::min(k + 1, order - 1);
          const double candidate = (best[i - 1][k] + (allowed ? 0.0 : kNone)) + emission(i, t);
          if (k == 0 || candidate > best[i][t]) {
            best[i][t] = candidate;
            pointers[i][t] = k;
          }
        }
      }
      alive |= best[i][t] > kNone;
    }
    if (!alive && *first_dead == std::string::npos) *first_dead = i;
  }
  int tag = 0;
  for (int t = 1; t < order; ++t) {
    if (best.back()[t] > best.back()[tag]) tag = t;
  }
  std::vector<std::string> pieces;
  std::size_t end = chunk.size();
  for (std::size_t i = chunk.size(); i-- > 0;) {
    if (tag == 0) {
      pieces.insert(pieces.begin(), chunk.substr(i, end - i));
      end = i;
    }
    tag = pointers[i][tag];
  }
  // Only text that starts inside a character leaves bytes before the first tag 0.
  if (end > 0) pieces.insert(pieces.begin(), chunk.substr(0, end));
  return pieces;
}

}  // namespace bytepiece::naive
