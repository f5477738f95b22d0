// SPDX-License-Identifier: Apache-2.0
// The tables of a Vocabulary, for those who save or map it. Internal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "bytepiece/base/frozen_array.h"
#include "bytepiece/base/types.h"
#include "bytepiece/model/model.h"
#include "bytepiece/segmentation/segmenter.h"

namespace bytepiece {

struct VocabularyTables {
  FrozenArray<std::int64_t> counts;  // of the pieces
  std::size_t size = 0;              // control tokens + pieces + special tokens
  Segmenter segmenter;               // of the pieces; value i is id kFirstPieceId + i

  // All there is, for compiled_model.h: calls visit with each table and number, in the order of
  // the file.
  template <typename Self, typename Visit>
  static void VisitTables(Self& self, Visit& visit) {
    Segmenter::VisitPieces(self.segmenter, visit);
    visit(self.counts);
    Segmenter::VisitScores(self.segmenter, visit);
    visit(self.size);
    Segmenter::VisitEngines(self.segmenter, visit);
  }

  // Whether no table points outside another, and the pieces are as short as a model's.
  bool TablesFit() const {
    const std::size_t pieces = segmenter.pieces().size();
    return counts.size() == pieces && size >= pieces + kNumControlTokens &&
           segmenter.max_length() <= kMaxPieceLength && segmenter.TablesFit();
  }
};

}  // namespace bytepiece
