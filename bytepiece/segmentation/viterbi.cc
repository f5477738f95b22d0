// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/segmentation/viterbi.h"

namespace bytepiece {

double Segment(const UnigramView& model, std::string_view chunk, ViterbiScratch* scratch,
               std::vector<std::int32_t>* values) {
  values->clear();
  return AppendSegmentation(model, chunk, 0, scratch, values);
}

double AppendSegmentation(const UnigramView& model, std::string_view chunk, TokenId id_offset,
                          ViterbiScratch* scratch, std::vector<TokenId>* ids) {
  // Strictly better: on a tie the earlier start, the longer piece, stays.
  const double score = ForwardPaths(
      model, chunk, scratch, [](double candidate, double current) { return candidate > current; });
  AppendPath(model, chunk, id_offset, scratch, ids);
  return score;
}

void AppendPath(const UnigramView& model, std::string_view chunk, TokenId id_offset,
                ViterbiScratch* scratch, std::vector<TokenId>* ids) {
  // The lengths, read from the end, are packed in order at the back of their own
  // array: a piece takes one place there and at least one byte of the chunk.
  std::vector<std::uint16_t>& lengths = scratch->last_length;
  std::size_t first = chunk.size();
  for (std::size_t end = chunk.size(); end > 0;) {
    const std::uint16_t length = lengths[end - 1];
    lengths[--first] = length;
    end -= length;
  }
  const Automaton& automaton = *model.automaton;
  std::size_t begin = 0;
  for (; first < chunk.size(); ++first) {
    const std::size_t end = begin + lengths[first];
    Automaton::State state = Automaton::kRoot;
    while (begin < end) automaton.Step(&state, static_cast<unsigned char>(chunk[begin++]));
    ids->push_back(id_offset + automaton.Value(state));
  }
}

}  // namespace bytepiece
