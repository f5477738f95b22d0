// SPDX-License-Identifier: Apache-2.0
// One reading of the corpus: documents become slices of normalised text, which
// threads work on while the next documents are read.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "bytepiece/base/progress.h"
#include "bytepiece/base/types.h"
#include "bytepiece/model/special_tokens.h"
#include "corpus/document_source.h"
#include "trainer/passes/input_digests.h"

namespace bytepiece {

struct CorpusPassOptions {
  Normalization normalization = Normalization::kNfc;
  int threads = 1;
  Progress progress;                                 // stage and name; the pass fills in the rest
  std::int64_t batch_bytes = std::int64_t{4} << 20;  // read at once, per thread
  // If positive, CorpusWork::Mark is called at fixed places of the corpus: after each
  // delivery of the source that completes another so many bytes of text (before
  // normalisation). Once, if it completes several times as many.
  std::int64_t mark_every = 0;
  // Not empty: what an earlier pass found in the inputs; that this one finds something else is
  // an error at its end.
  InputDigests inputs = {};
  // If not null, text that spells one of these tokens is the border of two slices, and in
  // neither. No token goes on after the end of a line (ValidateTrainerSpec sees to that).
  const SpecialTokens* boundaries = nullptr;
  // Of every so many documents, or parts of 256 kB of long ones, one is worked on: those are
  // chosen by a hash of their text, and so are the same in any order and any shards.
  std::int64_t one_in = 1;
};

// Text times its documents' weights, before normalisation, is less in a pass. Normalisation may
// triple it (U+1D160 and its like); so all sums of counts over a corpus fit 63 bits.
inline constexpr std::int64_t kMaxWeightedBytes = std::int64_t{1} << 61;

// How far a pass has come: deliveries of the source (DocumentSource::Read), the documents
// they belong to, and what they were.
struct CorpusPosition {
  std::int64_t parts = 0;
  std::int64_t documents = 0;
  InputDigests inputs = {};

  friend bool operator==(const CorpusPosition&, const CorpusPosition&) = default;
};

// The work of a pass, apart from reading.
class CorpusWork {
 public:
  virtual ~CorpusWork() = default;

  // Called once for every slice of every document, 0 <= worker < threads; calls
  // with the same worker do not overlap. A slice is normalised, not empty, and
  // ends where the document does, at a boundary, or at a safe cut (splitter.h), so that
  // chunks are the same as the whole document's. `weight` is the document's.
  virtual void Slice(int worker, std::string_view text, std::int64_t weight) = 0;

  // Called at marks, when no slice is in work: all up to there are done, whatever the
  // number of threads and what is read at once. An error ends the pass.
  virtual absl::Status Mark() { return absl::OkStatus(); }

  // Called when no slice is in work: all up to `position` are done. May fill in
  // the progress. An error ends the pass.
  virtual absl::Status Pause(const CorpusPosition& position, Progress* progress) = 0;
};

// Starts with Rewind; skips what lies before *position, marks included, and moves it on. `work`
// may be null: then the corpus is only read and digested. Errors: the source's, the work's,
// Cancelled; what lies before *position is not what was there; kMaxWeightedBytes.
absl::Status RunCorpusPass(DocumentSource* source, const CorpusPassOptions& options,
                           ProgressSink* sink, CorpusWork* work, CorpusPosition* position);

}  // namespace bytepiece
