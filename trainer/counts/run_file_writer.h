// SPDX-License-Identifier: Apache-2.0
// Writes a run to a new file of a store.
#pragma once

#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/counts/count_file.h"
#include "trainer/counts/count_run.h"
#include "trainer/counts/run_store.h"

namespace bytepiece {

class RunFileWriter {
 public:
  // The store must outlive the writer.
  static absl::StatusOr<RunFileWriter> Create(const CountHeader& header, RunStore* store);

  // In ascending order.
  absl::Status AddBlock(const CountBlock& block, std::string_view bytes) {
    return writer_->AddBlock(block, bytes);
  }

  // The run; on disk to stay, if the store is durable.
  absl::StatusOr<CountRun> Finish(const CorpusSize& corpus) &&;

 private:
  RunFileWriter() = default;

  bool durable_ = false;
  std::unique_ptr<ScratchFile> file_;  // stays where it is: the writer appends to it
  std::unique_ptr<CountFileWriter> writer_;
};

}  // namespace bytepiece
