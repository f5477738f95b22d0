// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/run_file_writer.h"

#include <utility>

namespace bytepiece {

absl::StatusOr<RunFileWriter> RunFileWriter::Create(const CountHeader& header, RunStore* store) {
  absl::StatusOr<ScratchFile> file = store->Create();
  if (!file.ok()) return file.status();
  RunFileWriter writer;
  writer.durable_ = store->durable();
  writer.file_ = std::make_unique<ScratchFile>(*std::move(file));
  writer.writer_ = std::make_unique<CountFileWriter>(
      [file = writer.file_.get()](std::string_view bytes) { return file->Append(bytes); }, header);
  return writer;
}

absl::StatusOr<CountRun> RunFileWriter::Finish(const CorpusSize& corpus) && {
  absl::Status status = writer_->Finish(corpus);
  if (status.ok() && durable_) status = file_->Sync();
  if (!status.ok()) return status;
  absl::StatusOr<std::shared_ptr<const CountFile>> opened = CountFile::Open(std::move(*file_));
  if (!opened.ok()) return opened.status();
  return CountRun(*std::move(opened));
}

}  // namespace bytepiece
