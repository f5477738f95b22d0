// SPDX-License-Identifier: Apache-2.0
// Turns what a user names (paths, globs, directories, "-") into files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/base/export.h"
#include "corpus/corpus_options.h"
#include "corpus/input_notes.h"

namespace bytepiece::inline v0 {

// One input after globs and directories are resolved.
struct InputFile {
  std::string path;      // "-" is standard input
  std::string relative;  // for --output-dir: path below the directory given, else the base name
  // kJsonLines for .jsonl, .ndjson and .json, kText for .txt, .text and .md, whatever their case,
  // before an ending such as .gz; kAuto for others: the content decides.
  InputFormat format = InputFormat::kAuto;
  std::int64_t weight = 1;  // of its documents, in units of 1/CorpusOptions::weight_unit
};

// Resolves paths, globs ("data/*.jsonl.zst") and directories (recursively, all
// regular files that are not hidden; links to directories are not followed),
// each in byte order; the arguments' own order is kept. An existing path is
// never taken for a pattern. Error for a path that does not exist, a pattern
// without a match, or a directory without files; for a link in a directory that leads nowhere,
// unless `notes` is given: then it is left out and noted.
BYTEPIECE_EXPORT absl::StatusOr<std::vector<InputFile>> ResolveInputs(
    const std::vector<std::string>& arguments, InputNotes* notes = nullptr);

// An error if more than one of these is standard input, which can be read once: "-", a name of
// its descriptor such as /dev/stdin, or of the pipe that it is.
BYTEPIECE_EXPORT absl::Status CheckStandardInput(const std::vector<std::string>& paths);

// The name without what tells how its text is stored: "a.JSONL.zst" is "a".
BYTEPIECE_EXPORT std::string WithoutTextEnding(const std::string& name);

}  // namespace bytepiece::inline v0
