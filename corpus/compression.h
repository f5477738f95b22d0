// SPDX-License-Identifier: Apache-2.0
// How a file may be packed, told by its name or by how it begins.
#pragma once

#include <cstddef>
#include <string_view>

#include "corpus/corpus_options.h"

namespace bytepiece {

// "gzip", "zstd", "xz", "bzip2"; "" for the first two.
const char* CompressionName(Compression compression);

// Decides by .gz, .zst, .xz or .bz2 at the end, whatever its case; else kNone.
Compression CompressionByName(std::string_view name);

// The name without that ending.
std::string_view WithoutPackedEnding(std::string_view name);

// Decides by the bytes at a file's start, kHeaderBytes of which suffice: a whole header must
// stand there, not its first two bytes alone. Skippable zstd frames, which pzstd writes, begin
// with what may be text: they count if a frame with content follows. Else kNone.
inline constexpr std::size_t kHeaderBytes = 64;
Compression CompressionByContent(std::string_view start);

// Whether `start`, not empty, is or may become the beginning of such data, as far as it goes: a
// weaker test, for files that are said to be of that kind.
bool BeginsAs(Compression compression, std::string_view start);

// Whether `name` ends in `ending`, such as ".jsonl", whatever its case; the ending is lower case.
bool HasEnding(std::string_view name, std::string_view ending);

}  // namespace bytepiece
