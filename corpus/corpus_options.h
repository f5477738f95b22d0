// SPDX-License-Identifier: Apache-2.0
// Options of reading: what a document is, and how files are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "bytepiece/base/types.h"
#include "corpus/corpus_shard.h"

namespace bytepiece::inline v0 {

// The part of a plain text file that is one document.
enum class DocumentUnit {
  kFile,       // the file as it is, newlines kept
  kLine,       // a line, without its newline; an empty line is an empty document
  kSeparator,  // what ends at CorpusOptions::separator or at the end of the file
};

enum class InputFormat {
  kAuto,  // by name, else by content (document_reader.h)
  kText,  // whatever the bytes
  kJsonLines,
};

// The treatment of a line that has no newline where it could be cut.
enum class LongLines {
  kWhole,           // kept, however long
  kTrainingChunks,  // cut between chunks (line_cut.h)
  kAnywhere,        // cut at any byte; DocumentPart::cut_anywhere tells
};

// How a file is packed.
enum class Compression {
  kAuto,  // by name and content together
  kNone,
  kGzip,
  kZstd,
  kXz,
  kBzip2,
};

// How training reads text: where a line that is too long may be cut (line_cut.h).
struct LineCutOptions {
  Normalization normalization = Normalization::kNfc;
  bool isolate_digits = false;
};

// How a document longer than some parts is delivered.
struct PartOptions {
  // If positive, a plain text document comes in parts of at least so many bytes, cut where it is
  // safe (splitter.h), so that one of any size fits into memory as long as its lines do.
  std::size_t part_bytes = 0;
  // The bytes of which a line has more to be long, if positive.
  std::size_t long_line_bytes = 0;
  LongLines long_lines = LongLines::kWhole;
  LineCutOptions line_cut;  // for kTrainingChunks
  // If positive, what would have to be held whole and is longer is an error that names it.
  std::size_t most_held_bytes = 0;
  // For that error: the memory limit in force, and what each byte more takes of one.
  std::int64_t memory_limit = 0;
  std::int64_t memory_per_byte = 0;
};

struct CorpusOptions {
  DocumentUnit unit = DocumentUnit::kFile;
  std::string separator;       // not empty for kSeparator
  std::string field = "text";  // JSON Lines: the field that holds the text (json_lines.h)
  // Somebody asked for this field: what is not taken as JSON Lines, and has no ending that says it
  // is text, is an error, and so is a corpus without any JSON Lines.
  bool field_is_stated = false;
  InputFormat format = InputFormat::kAuto;
  Compression compression = Compression::kAuto;
  std::int64_t max_unpacking_bytes = 0;  // if positive: memory for unpacking (unpacker.h)
  // A byte-order mark at the start of a text file belongs to its text.
  bool keep_byte_order_mark = false;
  // Leave out bad lines of JSON Lines, files that are no text, and links that lead nowhere, and
  // count them (InputNotes), instead of failing.
  bool skip_bad = false;
  // Standard input and pipes are copied to an unlinked temporary file first, so
  // that Rewind works. If false they are streamed, and Rewind fails.
  bool spool_pipes = true;
  // Deliver from a streamed pipe what is there, since its writer may wait for an answer.
  bool answer_pipes = false;
  std::string temp_dir;  // for these copies; empty: DefaultTempDir()
  // Weights of files are in units of 1/weight_unit.
  std::int64_t weight_unit = 1;
  // The documents that are delivered; the others are read and passed over.
  CorpusShard shard;
  PartOptions parts;
};

}  // namespace bytepiece::inline v0
