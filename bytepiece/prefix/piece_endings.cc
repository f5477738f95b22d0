// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/prefix/piece_endings.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "bytepiece/matching/unigram_view.h"
#include "bytepiece/segmentation/segmenter.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void Fill(const UnigramView& model, std::string_view piece, absl::Span<double> rests) {
  rests[piece.size()] = 0;
  for (std::size_t begin = piece.size(); begin-- > 0;) {
    double best = -kInfinity;
    Automaton::State state = Automaton::kRoot;
    const std::size_t longest = begin == 0 ? piece.size() - 1 : piece.size();
    for (std::size_t end = begin; end < longest;) {
      if (!model.automaton->Step(&state, static_cast<unsigned char>(piece[end]))) break;
      ++end;
      if (!model.automaton->HasValue(state)) continue;
      best = std::max(best, model.scores[model.automaton->Value(state)] + rests[end]);
    }
    rests[begin] = best;
  }
  if (NextChunk(piece) < piece.size()) rests[0] = kInfinity;
}

}  // namespace

PieceEndings::PieceEndings(const Vocabulary& vocabulary) {
  const UnigramView model = vocabulary.segmenter().unigram();
  begins_.push_back(0);
  for (TokenId id = kFirstPieceId; id < vocabulary.end_of_pieces(); ++id) {
    begins_.push_back(begins_.back() + vocabulary.PieceBytes(id).size() + 1);
  }
  rests_.resize(begins_.back());
  for (TokenId id = kFirstPieceId; id < vocabulary.end_of_pieces(); ++id) {
    const auto i = static_cast<std::size_t>(id - kFirstPieceId);
    Fill(model, vocabulary.PieceBytes(id),
         absl::MakeSpan(rests_).subspan(begins_[i], begins_[i + 1] - begins_[i]));
  }
}

}  // namespace bytepiece
