// SPDX-License-Identifier: Apache-2.0
// The documents of one file.
//
// Text or JSON Lines: what is stated; else a known ending decides; else the first line that is not
// blank: an object that holds the field is JSON Lines, and one that lacks it is an error, since a
// field may be mistyped and nobody trains on such lines as text unawares; so is what is undecided
// after 1 MB: a first line that begins as an object, or white space alone. A file known to be no
// text at all (file_kind.h) is refused unless text is stated.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "bytepiece/io/file_descriptor.h"
#include "corpus/corpus_options.h"
#include "corpus/delimited_reader.h"
#include "corpus/input_files.h"
#include "corpus/input_notes.h"
#include "corpus/json_lines.h"

namespace bytepiece {

class DocumentReader {
 public:
  // Reads as much as it takes to tell the format. A file that is no text is an InvalidArgument
  // error. `options` must outlive the reader.
  static absl::StatusOr<DocumentReader> Open(const InputFile& input, FileDescriptor file,
                                             const CorpusOptions& options);

  bool is_json_lines() const { return json_.has_value(); }

  // Replaces *part by the next document, or part of one if CorpusOptions::parts says so. False at
  // the end. Errors name the file, of JSON Lines also the line; CorpusOptions::skip_bad adds the
  // latter to *notes instead.
  absl::StatusOr<bool> Next(DocumentPart* part, InputNotes* notes);

  // Whether Next returns without waiting for whoever writes into a pipe.
  absl::StatusOr<bool> Ready() { return parts_->Ready(); }

  // Bytes of the file read so far, as stored.
  std::int64_t consumed() const { return parts_->consumed(); }

 private:
  DocumentReader() = default;
  absl::StatusOr<bool> NextJsonLine(DocumentPart* part, InputNotes* notes);
  // Parses the line just read.
  absl::Status ParseLine(DocumentPart* part, InputNotes* notes);
  absl::Status LineError(const absl::Status& status) const;
  // The error for a document that could not be held, which is passed over if that ends for sure,
  // so that its length, and what memory is enough, can be told.
  absl::Status TooLong();

  std::string name_;
  const CorpusOptions* options_ = nullptr;
  std::optional<DelimitedReader> parts_;
  std::optional<JsonLineParser> json_;
  bool json_by_content_ = false;
  bool is_file_ = false;  // which ends
  DocumentPart line_;
  std::int64_t line_number_ = 0;
};

}  // namespace bytepiece
