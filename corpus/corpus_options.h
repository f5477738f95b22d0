// SPDX-License-Identifier: Apache-2.0
// What a document is, and how files are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "corpus/corpus_shard.h"

namespace bytepiece {

// What one document of a plain text file is.
enum class DocumentUnit {
  kFile,       // the file as it is, newlines kept
  kLine,       // a line, without its newline; an empty line is an empty document
  kSeparator,  // what ends at CorpusOptions::separator or at the end of the file
};

struct CorpusOptions {
  DocumentUnit unit = DocumentUnit::kFile;
  std::string separator;       // not empty for kSeparator
  std::string field = "text";  // JSON Lines: the field that holds the text
  // Standard input and pipes are copied to an unlinked temporary file first, so
  // that Rewind works. If false they are streamed, and Rewind fails.
  bool spool_pipes = true;
  std::string temp_dir;  // for these copies; empty: DefaultTempDir()
  // Weights of files are in units of 1/weight_unit.
  std::int64_t weight_unit = 1;
  // If positive, DocumentUnit::kFile comes in parts of at least so many bytes,
  // cut where it is safe (splitter.h), so that a file of any size fits into
  // memory as long as its lines do.
  std::size_t part_bytes = 0;
  // The documents that are delivered; the others are read and passed over.
  CorpusShard shard;
};

}  // namespace bytepiece
