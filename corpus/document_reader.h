// SPDX-License-Identifier: Apache-2.0
// The documents of one file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "corpus/byte_stream.h"
#include "corpus/corpus_options.h"
#include "corpus/delimited_reader.h"
#include "corpus/input_files.h"
#include "corpus/json_lines.h"

namespace bytepiece {

class DocumentReader {
 public:
  // `options` must outlive the reader.
  static absl::StatusOr<DocumentReader> Open(const InputFile& input, FileDescriptor file,
                                             const CorpusOptions& options);

  // Replaces *document, by a part of one if CorpusOptions::part_bytes says so. False at the end.
  // Errors name the file, of JSON Lines also the line.
  absl::StatusOr<bool> Next(std::string* document);

  // Whether what Next gave starts a document.
  bool started_document() const { return started_; }

  // Bytes of the file read so far, as stored.
  std::int64_t consumed() const { return parts_ ? parts_->consumed() : whole_->consumed(); }

 private:
  DocumentReader() = default;
  absl::StatusOr<bool> NextJsonLine(std::string* document);

  std::string name_;
  std::unique_ptr<ByteStream> whole_;  // DocumentUnit::kFile
  absl::StatusOr<bool> NextPart(std::string* part);

  std::size_t part_bytes_ = 0;
  std::string rest_;  // of the file, read but not given yet
  bool ended_ = false;
  bool any_given_ = false;
  bool started_ = true;
  std::optional<DelimitedReader> parts_;  // all others
  std::optional<JsonLineParser> json_;
  std::string line_;
  std::int64_t line_number_ = 0;
};

}  // namespace bytepiece
