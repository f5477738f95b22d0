// SPDX-License-Identifier: Apache-2.0
// The text that a run trains on, epoch by epoch.
//
// A file of ids is the same in every epoch. Text may be segmented anew for each, by
// perfect sampling (bytepiece/sampling/perfect_sampler.h), so that the model sees many
// segmentations of the same text: a function of seed, epoch and document alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/tokenizer.h"
#include "corpus/corpus_options.h"
#include "corpus/input_files.h"
#include "corpus/input_notes.h"
#include "lm/data/token_corpus.h"

namespace bytepiece::lm {

struct SourceOptions {
  CorpusOptions reading = {};                 // of text
  std::optional<double> sampling_alpha = {};  // absent: the best segmentation, always
  std::uint64_t seed = 0;
  int threads = 0;  // 0: as many as there are cores; no matter for the result
};

class CorpusSource {
 public:
  virtual ~CorpusSource() = default;
  virtual absl::StatusOr<std::shared_ptr<const TokenCorpus>> Epoch(std::int64_t epoch) = 0;

  // The parts left out and replaced when the text was read.
  const InputNotes& notes() const { return notes_; }

 protected:
  explicit CorpusSource(InputNotes notes = {}) : notes_(std::move(notes)) {}

 private:
  InputNotes notes_;
};

// The name decides: .npy, .bin and .idx are ids (MapTokens; .bin with an .idx beside it is a
// Megatron-LM dataset), unless options.reading names a format of text; anything else is text or
// JSON Lines, packed or not, a file, a folder or a pattern, as corpus/ reads it. Texts end in
// <eos>. Errors: sampling_alpha for a file of ids, a negative one; no text; what MapTokens and
// corpus/ find.
absl::StatusOr<std::unique_ptr<CorpusSource>> OpenCorpus(const std::string& path,
                                                         const SourceOptions& options,
                                                         const Tokenizer* tokenizer);

// The documents of a text, as OpenCorpus finds them in one, and as the tokenizer should see them:
// a byte-order mark is text to one that does not normalise. *notes as CorpusSource::notes().
absl::StatusOr<std::vector<std::string>> ReadDocuments(const std::string& path,
                                                       CorpusOptions reading,
                                                       const Tokenizer& tokenizer,
                                                       InputNotes* notes);

// The best segmentations of texts, each with <eos> at its end.
absl::StatusOr<std::shared_ptr<const TokenCorpus>> EncodeDocuments(
    const std::vector<std::string>& documents, const Tokenizer& tokenizer, int threads = 0);

// The files that OpenCorpus reads.
absl::StatusOr<std::vector<InputFile>> CorpusFiles(const std::string& path,
                                                   const CorpusOptions& reading);

}  // namespace bytepiece::lm
