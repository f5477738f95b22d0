// SPDX-License-Identifier: Apache-2.0
// Finds where a line too long to be held whole may be cut for training.
//
// Training segments chunks of at most 10000 characters (splitter.h), so a line of many MB is many
// chunks: cut between two of them, where NFC does not look across, each part gives the chunks
// that the whole line would.
#pragma once

#include <cstddef>
#include <string_view>

#include "corpus/corpus_options.h"

namespace bytepiece {

// A position of `text`, which begins where a chunk does, such that the chunks of what stands
// before it and of what stands after it, normalised one by one, are those of the whole, however
// that goes on. As late as that can be known, some chunks before the end; 0 if there is none.
std::size_t LastTrainingCut(const LineCutOptions& options, std::string_view text);

}  // namespace bytepiece
