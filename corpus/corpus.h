// SPDX-License-Identifier: Apache-2.0
// Files as documents: plain text, JSON Lines, .gz and .zst of both, standard
// input.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/corpus_options.h"
#include "corpus/document_source.h"
#include "corpus/input_files.h"

namespace bytepiece {

// What a document takes beside its text, so that millions of empty ones do not
// come at once. Bytes.
inline constexpr std::int64_t kDocumentOverhead = 128;

// The documents of several inputs, one after another. Blank lines of JSON Lines
// are skipped. Memory: the documents asked for, plus one line or, with
// DocumentUnit::kFile, one file or part.
class Corpus : public DocumentSource {
 public:
  // Opens every file once, so that a missing or unreadable one is known now.
  static absl::StatusOr<std::unique_ptr<Corpus>> Open(std::vector<InputFile> files,
                                                      CorpusOptions options);
  ~Corpus() override;

  absl::Status Read(std::int64_t max_bytes, std::vector<std::string>* documents) override;
  absl::Status Rewind() override;
  std::int64_t documents() const override;
  std::int64_t weight() const override;
  std::int64_t unit() const override;
  std::string identity() const override;
  std::int64_t consumed() const override;
  std::int64_t total() const override;

  // As Read, with the index of the file each document comes from.
  absl::Status ReadWithFiles(std::int64_t max_bytes, std::vector<std::string>* documents,
                             std::vector<std::size_t>* file_indices);

  const std::vector<InputFile>& files() const;
  // Whether an input is a pipe, whose content nobody can read a second time.
  bool has_pipe() const;

 private:
  Corpus();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bytepiece
