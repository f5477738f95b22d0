// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/prompts.h"

#include <algorithm>
#include <string_view>

#include "bytepiece/base/random.h"
#include "bytepiece/base/utf8.h"
#include "bytepiece/text/normalizer.h"

namespace bytepiece::lm {
namespace {

// A letter or digit of a script that separates words by spaces: a rough but sufficient
// classification by blocks.
bool IsOfSpacedWord(const Utf8Char& c) {
  if (!c.valid) return false;
  const char32_t code = c.code_point;
  if (code < 0x80) {
    return (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
           (code >= 'a' && code <= 'z') || code == '_';
  }
  const bool southeast_asian = (code >= 0x0E00 && code < 0x0F00) ||  // Thai, Lao
                               (code >= 0x1000 && code < 0x10A0) ||  // Myanmar
                               (code >= 0x1780 && code < 0x1800);    // Khmer
  const bool hangul = code >= 0xAC00 && code <= 0xD7A3;
  return (code >= 0xAA && code < 0x2000 && !southeast_asian) || hangul;
}

struct Place {
  std::size_t document;
  std::size_t begin;        // of the prompt
  std::size_t token_begin;  // of the token that the place cuts, or that ends there
  std::size_t token_end;    // of the same one, or aligned: of the one that begins there
  std::size_t position;
};

class Collector {
 public:
  Collector(const PromptOptions& options, const Tokenizer& tokenizer)
      : options_(options), tokenizer_(tokenizer) {}

  void Add(std::size_t number, std::string_view text) {
    std::size_t begin = 0;
    const std::vector<TokenId> ids = tokenizer_.Encode(text);
    std::vector<std::size_t> starts;  // of tokens so far, between characters
    for (const TokenId id : ids) {
      const std::size_t end = begin + tokenizer_.vocabulary().PieceBytes(id).size();
      if (!IsUtf8Continuation(text[begin])) {
        starts.push_back(begin);
        if (begin > 0) AddPlace(number, text, starts, begin, end, begin);
      }
      for (std::size_t i = begin + 1; i < end; ++i) {
        if (!IsUtf8Continuation(text[i])) AddPlace(number, text, starts, begin, end, i);
      }
      begin = end;
    }
  }

  PlaceCounts counts;
  std::vector<Place> partial, word_like, aligned;

 private:
  void AddPlace(std::size_t number, std::string_view text, const std::vector<std::size_t>& starts,
                std::size_t begin, std::size_t end, std::size_t position) {
    ++counts.places;
    const bool is_partial = position > begin;
    const bool is_word_like = is_partial && IsWordLike(text, begin, position);
    counts.partial += is_partial;
    counts.word_like += is_word_like;
    if (position + options_.next_bytes > text.size()) return;
    const auto start = std::lower_bound(starts.begin(), starts.end(),
                                        position - std::min(position, options_.longest_prompt));
    if (start == starts.end() || position - *start < options_.shortest_prompt) return;
    const Place place = {number, *start, begin, end, position};
    if (!is_partial) aligned.push_back(place);
    if (is_partial) partial.push_back(place);
    if (is_word_like) word_like.push_back(place);
  }

  bool IsWordLike(std::string_view text, std::size_t begin, std::size_t position) const {
    return tokenizer_.vocabulary().FindPiece(text.substr(begin, position - begin)) >= 0 &&
           !(IsOfSpacedWord(LastUtf8Char(text.substr(0, position))) &&
             IsOfSpacedWord(DecodeUtf8Char(text.substr(position))));
  }

  const PromptOptions& options_;
  const Tokenizer& tokenizer_;
};

std::vector<Prompt> Draw(std::vector<Place> places, const std::vector<std::string>& texts,
                         const PromptOptions& options, std::uint64_t kind) {
  RandomStream random(options.seed, kind, 0);
  const std::size_t count =
      std::min(places.size(), static_cast<std::size_t>(std::max<std::int64_t>(0, options.prompts)));
  std::vector<Prompt> prompts;
  for (std::size_t i = 0; i < count; ++i) {  // Fisher and Yates, as far as needed
    const auto left = static_cast<double>(places.size() - i);
    std::swap(places[i], places[i + static_cast<std::size_t>(random.NextDouble() * left)]);
    const Place& place = places[i];
    const std::string& text = texts[place.document];
    prompts.push_back({text.substr(place.begin, place.position - place.begin),
                       text.substr(place.position, place.token_end - place.position),
                       text.substr(place.position, options.next_bytes)});
  }
  return prompts;
}

}  // namespace

const char* PromptKindName(PromptKind kind) {
  switch (kind) {
    case PromptKind::kPartial:
      return "partial";
    case PromptKind::kWordLike:
      return "word-like";
    case PromptKind::kAligned:
      break;
  }
  return "aligned";
}

const std::vector<Prompt>& PromptSet::Of(PromptKind kind) const {
  switch (kind) {
    case PromptKind::kPartial:
      return partial;
    case PromptKind::kWordLike:
      return word_like;
    case PromptKind::kAligned:
      break;
  }
  return aligned;
}

absl::StatusOr<PromptSet> MakePrompts(const std::vector<std::string>& documents,
                                      const PromptOptions& options, const Tokenizer& tokenizer) {
  Collector collector(options, tokenizer);
  std::vector<std::string> texts;
  std::string buffer;
  for (const std::string& document : documents) {
    texts.emplace_back(Normalize(tokenizer.normalization(), document, &buffer));
    collector.Add(texts.size() - 1, texts.back());
  }
  if (collector.aligned.empty() && collector.partial.empty()) {
    return absl::InvalidArgumentError("the text is too short for prompts");
  }
  PromptSet set;
  set.counts = collector.counts;
  set.partial = Draw(std::move(collector.partial), texts, options, 0);
  set.word_like = Draw(std::move(collector.word_like), texts, options, 1);
  set.aligned = Draw(std::move(collector.aligned), texts, options, 2);
  return set;
}

}  // namespace bytepiece::lm
