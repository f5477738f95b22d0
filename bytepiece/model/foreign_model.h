// SPDX-License-Identifier: Apache-2.0
// Models of other tokenizers, told by their content: what somebody has who gives one where a
// model of ours is asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bytepiece {

struct ForeignModel {
  enum class Library { kHuggingFace, kSentencePiece, kTiktoken };

  Library library = Library::kHuggingFace;
  std::string algorithm;        // "BPE", "Unigram", "WordPiece", ...; empty: not known
  std::int64_t vocab_size = 0;  // entries of the vocabulary
};

// Nothing for what is none of these: a HuggingFace tokenizer.json, a SentencePiece model, ranks
// as tiktoken has them. Looks at all of a tokenizer.json or SentencePiece model, so call it when
// a file is no model of ours.
std::optional<ForeignModel> RecognizeForeignModel(std::string_view bytes);

// "a HuggingFace tokenizer (BPE, vocabulary of 50257), not a BytePiece model", why it cannot
// become one, and what can be done.
std::string DescribeForeignModel(const ForeignModel& model);

}  // namespace bytepiece
