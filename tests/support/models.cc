// SPDX-License-Identifier: Apache-2.0
#include "tests/support/models.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "tests/support/random_text.h"

namespace bytepiece {

Model MakeModel(std::vector<Piece> pieces, Normalization normalization) {
  std::set<std::string> given;
  for (const Piece& piece : pieces) given.insert(piece.bytes);
  for (int byte = 0; byte < 256; ++byte) {
    const std::string bytes(1, static_cast<char>(byte));
    if (!given.contains(bytes)) pieces.push_back({bytes, 1});
  }
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    return std::forward_as_tuple(a.bytes.size(), a.bytes) <
           std::forward_as_tuple(b.bytes.size(), b.bytes);
  });
  Model model;
  model.normalization = normalization;
  model.pieces = std::move(pieces);
  return model;
}

Model MakeMixedModel(Normalization normalization) {
  std::map<std::string, std::int64_t> counts;
  RandomText random(20230907);
  const std::string text = random.ValidUtf8(3000);
  for (int i = 0; i < 700; ++i) {
    const std::size_t begin = random.Below(text.size() - 12);
    counts[text.substr(begin, 2 + random.Below(11))] += 1 + random.Below(1000);
  }
  for (const char* piece : {"\n", "\n\n", " ", "  ", "the ", "of", "aa", "aaaa", "ab", "\u00E9",
                            "\u4E2D", "<bos>", "\xE4\xB8", "\xFF\xFE", "\xCC\x81"}) {
    counts[piece] += 500;
  }
  std::vector<Piece> pieces;
  for (const auto& [bytes, count] : counts) pieces.push_back({bytes, count});
  return MakeModel(std::move(pieces), normalization);
}

Tokenizer MakeMixedTokenizer(Normalization normalization) {
  return Tokenizer::Create(MakeMixedModel(normalization)).value();
}

Tokenizer MakeSpecialTokenizer(Normalization normalization) {
  Model model =
      MakeModel({{"ab", 50}, {"\u00E9", 20}, {"b\n\n", 9}, {"\u00E9a", 40}}, normalization);
  model.special_tokens = {{"<|a|>"}, {"<|a|><|b|>"}, {"<reserved_0>", true}};
  return Tokenizer::Create(std::move(model)).value();
}

}  // namespace bytepiece
