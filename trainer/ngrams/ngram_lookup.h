// SPDX-License-Identifier: Apache-2.0
// Looks up, for every byte of a text, the scores of all n-grams that end there.
//
// Random access is what segmentation costs, so the look-ups of many start
// positions advance in lockstep, one byte longer at a time, and each step
// prefetches what the next will touch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "trainer/ngrams/ngram_model.h"

namespace bytepiece {

// One per thread.
class NgramLookup {
 public:
  // The model must outlive this object.
  explicit NgramLookup(const NgramModel* model) : model_(model) {}

  // `chunk_ends`: ascending, the last is text.size(); n-grams do not cross
  // them. Row i, of order() entries, then holds at [t] the score of the
  // (t + 1)-gram that ends with byte i, -infinity if it was pruned or does not
  // fit into the chunk.
  void Fill(std::string_view text, absl::Span<const std::size_t> chunk_ends);

  const double* row(std::size_t i) const { return rows_.data() + i * model_->order(); }

 private:
  // A start position whose n-gram was found and may have a longer one. 32 bits:
  // positions are within one call's text.
  struct Walk {
    std::uint32_t start;
    std::uint32_t chunk_end;
    std::uint32_t family;  // of the n-gram's children
    double log_count;      // of the n-gram
  };

  void StartWalks(std::string_view text, std::size_t begin, std::size_t end, std::size_t chunk_end);
  void Descend(std::string_view text);
  template <bool kLast>
  void Lengthen(std::string_view text, int length);

  const NgramModel* model_;
  std::vector<double> rows_;
  std::vector<Walk> walks_;
};

}  // namespace bytepiece
