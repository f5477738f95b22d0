// SPDX-License-Identifier: Apache-2.0
// Count files for tests.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"
#include "trainer/counts/count_file.h"
#include "trainer/counts/ngram_run.h"
#include "trainer/counts/run_set.h"

namespace bytepiece {

// A run in memory of n-gram counts.
inline CountRun MakeNgramRun(const std::map<std::uint64_t, std::int64_t>& counts, int order) {
  CountRun run;
  NgramRunWriter writer(order, [&run](const CountBlock& block, std::string_view bytes) {
    run.Append(block, bytes);
    return absl::OkStatus();
  });
  for (const auto& [key, count] : counts) writer.Add(key, count).IgnoreError();
  writer.Finish().IgnoreError();
  return run;
}

// The bytes of a count file that holds the sum of runs.
inline std::string FileOf(const CountHeader& header, const RunPointers& runs,
                          const CorpusSize& corpus) {
  std::string bytes;
  CountFileWriter writer(
      [&bytes](std::string_view more) {
        bytes.append(more);
        return absl::OkStatus();
      },
      header);
  MergeRuns(header, runs, [&](const CountBlock& block, std::string_view more) {
    return writer.AddBlock(block, more);
  }).IgnoreError();
  writer.Finish(corpus).IgnoreError();
  return bytes;
}

inline absl::StatusOr<std::shared_ptr<const CountFile>> OpenBytes(const TempDir& dir,
                                                                  const std::string& bytes) {
  absl::StatusOr<ScratchFile> file = ScratchFile::OpenExisting(dir.Write("x.counts", bytes));
  if (!file.ok()) return file.status();
  return CountFile::Open(*std::move(file));
}

}  // namespace bytepiece
