// SPDX-License-Identifier: Apache-2.0
// Learns Unigram vocabularies from documents (spec 1-training.md): count
// n-grams, prune them into a model, segment the corpus with it and count the
// pieces, prune the pieces.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/model.h"
#include "trainer/document_source.h"
#include "trainer/options.h"
#include "trainer/progress.h"

namespace bytepiece {

// One model for each of spec.vocab_sizes, in the order given. Reads the source
// twice. Errors: invalid options, an empty corpus, the source's own, Cancelled.
// `progress` may be null.
absl::StatusOr<std::vector<Model>> Train(DocumentSource* source, const TrainerOptions& options,
                                         ProgressSink* progress = nullptr);

}  // namespace bytepiece
