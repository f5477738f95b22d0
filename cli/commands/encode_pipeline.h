// SPDX-License-Identifier: Apache-2.0
// Documents in, tokens out, on all cores and in order: what encode and sample
// have in common. Texts are cut and shared out by BatchEncoder; here batches are read ahead and
// written, and long lines streamed.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "bytepiece/batch.h"
#include "cli/files/input_options.h"
#include "cli/options/model_option.h"
#include "cli/options/spelled_tokens_option.h"
#include "cli/options/token_output.h"
#include "cli/program/progress_meter.h"

namespace bytepiece {

struct PipelineOptions {
  ModelOptions model;
  InputOptions input;
  TokenOutputOptions output;
  EncodeOptions encode;
  SpelledTokensOptions spelled_tokens;  // for `encode`, once the tokenizer is there
  int threads = 0;
  std::int64_t memory_limit = 0;  // 0: the default of DivideTextMemory
  std::int64_t memory_cost = 0;   // DivideTextMemory's, of this command
  ProgressOptions progress;
  // Whether the command encodes parts of documents (BatchEncoder::EncodeParts), so that a long one
  // may come in several.
  bool takes_parts = false;
  // Whether a line of many MB may go through a StreamingEncoder, since nothing but its ids is
  // asked for.
  bool may_stream = false;
};

// Adds the options of all parts.
void AddPipelineOptions(CLI::App* app, PipelineOptions* options);

// Replaces *rows by as many rows for each part, one part after the other. numbers[i] is that of
// parts[i]'s document over all inputs and shards.
using EncodeParts = std::function<absl::Status(absl::Span<const TextPart> parts,
                                               absl::Span<const std::uint64_t> numbers,
                                               BatchEncoder* encoder, TokenBatch* rows)>;

// While one batch of documents is encoded, the next is read and the last is
// written. Memory: three batches of some MB, or of what cannot be cut if that is larger: a document
// of JSON Lines, without takes_parts any; what the memory limit has no room for is an error that
// names it. Each document of a pipe that is read as a dialogue (OpenInputs) is written before the
// next is waited for.
absl::Status RunPipeline(PipelineOptions* options, const EncodeParts& encode);

}  // namespace bytepiece
