// SPDX-License-Identifier: Apache-2.0
// Files as documents: plain text and JSON Lines, packed or not, standard input.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/base/export.h"
#include "corpus/corpus_options.h"
#include "corpus/document_part.h"
#include "corpus/document_source.h"
#include "corpus/input_files.h"
#include "corpus/input_notes.h"

namespace bytepiece::inline v0 {

// The memory that a document takes beside its text, so that millions of empty ones do not
// come at once. Bytes.
inline constexpr std::int64_t kDocumentOverhead = 128;

// The documents of several inputs, one after another. Blank lines of JSON Lines
// are skipped. Memory: the documents asked for, plus one document or part of one.
class BYTEPIECE_EXPORT Corpus : public DocumentSource {
 public:
  // Opens every file once, so that one that is missing, unreadable or no text is known now. What
  // was left out while the files were resolved is in `notes`.
  static absl::StatusOr<std::unique_ptr<Corpus>> Open(std::vector<InputFile> files,
                                                      CorpusOptions options, InputNotes notes = {});
  ~Corpus() override;

  absl::Status Read(std::int64_t max_bytes, std::vector<std::string>* documents) override;
  absl::Status Rewind() override;
  std::int64_t documents() const override;
  std::int64_t weight() const override;
  std::int64_t unit() const override;
  absl::Span<const std::size_t> inputs() const override;
  std::string input_name(std::size_t input) const override;
  std::string identity() const override;
  std::int64_t consumed() const override;
  std::int64_t total() const override;

  // Reads as Read does, with what is known of each part. With CorpusOptions::answer_pipes less
  // comes, but at least one, where more would have to be waited for.
  absl::Status ReadParts(std::int64_t max_bytes, std::vector<DocumentPart>* parts);

  // The files that are read, without what was left out.
  const std::vector<InputFile>& files() const;
  // The parts left out and replaced, of files and in this reading of them.
  const InputNotes& notes() const;
  // Whether an input is a pipe, whose content nobody can read a second time.
  bool has_pipe() const;

 private:
  Corpus();
  static absl::StatusOr<std::unique_ptr<Corpus>> OpenAll(std::vector<InputFile> files,
                                                         CorpusOptions options, InputNotes notes);
  absl::Status ReadMore(std::int64_t max_bytes, std::vector<DocumentPart>* parts);
  struct BYTEPIECE_HIDDEN Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bytepiece::inline v0
