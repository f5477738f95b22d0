// SPDX-License-Identifier: Apache-2.0
// Files as documents, read as the command line reads them.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <vector>

#include "corpus/corpus.h"

namespace bytepiece {

namespace nb = nanobind;

// Opens the files of `paths` (files, globs, folders). `options`: a dict with any of document,
// field, input_format, compression, on_bad_line, shard = (index, count), temp_dir,
// keep_byte_order_mark, part_bytes. ValueError for others.
std::unique_ptr<Corpus> CorpusOfPaths(const std::vector<std::string>& paths, nb::dict options);

// What was not taken as it stands, a sentence each.
std::vector<std::string> NotesOf(const Corpus& corpus);

}  // namespace bytepiece
