// SPDX-License-Identifier: Apache-2.0
// Files as documents: plain text, JSON Lines, .gz and .zst of both, standard
// input, globs and directories.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/document_source.h"

namespace bytepiece {

// What one document of a plain text file is.
enum class DocumentUnit {
  kFile,       // the file as it is, newlines kept
  kLine,       // a line, without its newline; an empty line is an empty document
  kSeparator,  // what stands between two occurrences of CorpusOptions::separator
};

struct CorpusOptions {
  DocumentUnit unit = DocumentUnit::kFile;
  std::string separator;       // not empty for kSeparator
  std::string field = "text";  // JSON Lines: the field that holds the text
};

// One input after globs and directories are resolved.
struct InputFile {
  std::string path;         // "-" is standard input
  std::string relative;     // for --output-dir: path below the directory given, else the base name
  bool json_lines = false;  // .jsonl, .ndjson or .json, before .gz or .zst
};

// Resolves paths, globs ("data/*.jsonl.zst") and directories (recursively, all
// regular files that are not hidden), each in byte order; the arguments' own
// order is kept. Error for a path that does not exist, a pattern without a
// match, or a directory without files.
absl::StatusOr<std::vector<InputFile>> ResolveInputs(const std::vector<std::string>& arguments);

// The documents of several inputs, one after another. Standard input is
// spooled to an unlinked temporary file on first reading, so that it too can be
// read again.
class Corpus : public DocumentSource {
 public:
  static absl::StatusOr<std::unique_ptr<Corpus>> Open(std::vector<InputFile> files,
                                                      CorpusOptions options);
  ~Corpus() override;

  absl::Status Read(std::int64_t max_bytes, std::vector<std::string>* documents) override;
  absl::Status Rewind() override;
  std::int64_t consumed() const override;
  std::int64_t total() const override;

 private:
  Corpus();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bytepiece
