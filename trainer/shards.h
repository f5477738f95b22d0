// SPDX-License-Identifier: Apache-2.0
// Training spread over machines. Each counts the n-grams of its shard of the
// corpus; these counts are merged; each segments its shard with them and counts
// the pieces; TrainFromPieces (trainer.h) makes the vocabulary. The result is
// that of one machine that reads it all, byte for byte.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/base/progress.h"
#include "corpus/document_source.h"
#include "trainer/counts/count_file.h"
#include "trainer/setup/options.h"

namespace bytepiece {

using CountFiles = std::vector<std::shared_ptr<const CountFile>>;

// All write a count file through `write`, and may be stopped by `sink`, which may
// be null. options.work_dir has no meaning here.

// The n-gram counts of the source; a shard may be empty.
absl::Status CountNgramShard(DocumentSource* source, const TrainerOptions& options,
                             ProgressSink* sink, const CountFileWriter::Append& write);

// The piece counts of the source, segmented with the n-grams of the whole corpus:
// one file, merged from all shards. Its settings replace those of options.spec.
// Error: its weights are not the source's, or of another unit; it holds pieces.
absl::Status CountPieceShard(DocumentSource* source, std::shared_ptr<const CountFile> ngrams,
                             const TrainerOptions& options, ProgressSink* sink,
                             const CountFileWriter::Append& write);

// The sum of the files' counts. Error, naming the difference: they were made with
// different options.
absl::Status MergeCounts(const CountFiles& files, ProgressSink* sink,
                         const CountFileWriter::Append& write);

}  // namespace bytepiece
