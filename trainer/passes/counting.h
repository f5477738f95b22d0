// SPDX-License-Identifier: Apache-2.0
// The two stages that read the corpus: it becomes runs of n-gram counts, and,
// given a model of these, runs of piece counts.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/document_source.h"
#include "trainer/counts/run_set.h"
#include "trainer/ngrams/ngram_model.h"
#include "trainer/passes/counting_options.h"

namespace bytepiece {

// Goes on from *state, whose counts are in *runs, to the end of the corpus.
absl::Status CountNgrams(DocumentSource* source, const CountingOptions& options, RunSet* runs,
                         CountingState* state);
absl::Status CountPieces(DocumentSource* source, const CountingOptions& options,
                         const NgramModel& model, RunSet* runs, CountingState* state);

// The model of counted n-grams, in what the budget leaves beside them and the
// counting of pieces.
absl::StatusOr<NgramModel> BuildNgramModel(const RunSet& runs, const CountingOptions& options);

}  // namespace bytepiece
