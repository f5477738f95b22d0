// SPDX-License-Identifier: Apache-2.0
// --memory-limit of the commands that take documents one batch after the other.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/corpus_options.h"

namespace bytepiece {

// Adds --memory-limit.
void AddMemoryLimitOption(CLI::App* app, std::int64_t* limit);

// How a command divides what its limit leaves. Bytes.
struct TextMemory {
  std::int64_t batch_bytes = 0;      // of text, read at once
  std::size_t most_held_bytes = 0;   // of a document that must be held whole
  std::size_t most_pending = 0;      // that a StreamingEncoder may hold back
  std::int64_t pending_cost = 0;     // what a byte more of most_pending adds to the limit
  std::int64_t unpacking_bytes = 0;  // for windows of packed data
  std::int64_t limit = 0;            // in force
  std::int64_t held_cost = 0;        // what a byte more of most_held_bytes adds to the limit

  // Sets the options that concern reading.
  void Apply(CorpusOptions* corpus) const;
};

// Of `limit` (0: the default) what the models, loaded by now, and the threads leave. `cost` is the
// memory for a byte of text at worst, from its being read to its results' being written. Error if
// too little is left.
absl::StatusOr<TextMemory> DivideTextMemory(std::int64_t limit, int threads, std::int64_t cost);

}  // namespace bytepiece
