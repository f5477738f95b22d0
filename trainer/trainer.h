// SPDX-License-Identifier: Apache-2.0
// Learns Unigram vocabularies from documents (docs/method/training.md): count
// n-grams, prune them into a model, segment the corpus with it and count the
// pieces, prune the pieces; kGrow then goes on (vocabulary_grower.h). Memory stays
// below options.memory_limit, as long as what is left after pruning fits.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/base/export.h"
#include "bytepiece/base/progress.h"
#include "bytepiece/model/model.h"
#include "corpus/document_source.h"
#include "trainer/setup/options.h"

namespace bytepiece {
class CountFile;
}  // namespace bytepiece

namespace bytepiece::inline v0 {

// One model for each of spec.vocab_sizes, in the order given. Reads the source
// twice, kGrow some 15 times. Errors: invalid options, an empty corpus, too little memory, a full
// disk, the source's own, Cancelled. `progress` may be null.
BYTEPIECE_EXPORT absl::StatusOr<std::vector<Model>> Train(DocumentSource* source,
                                                          const TrainerOptions& options,
                                                          ProgressSink* progress = nullptr);

// The last stage alone, from what CountFile.kind kPieces files hold together;
// they have the same header, whose settings replace those of options.spec. If
// they cover a corpus, the result is that of Train on the whole. They know no more than
// kExact and kRecover need, and their header says which it is.
absl::StatusOr<std::vector<Model>> TrainFromPieces(
    const std::vector<std::shared_ptr<const CountFile>>& pieces, const TrainerOptions& options,
    ProgressSink* progress = nullptr);

}  // namespace bytepiece::inline v0
