// SPDX-License-Identifier: Apache-2.0
// Documents in, tokens out, on all cores and in order: what encode and sample
// have in common.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "bytepiece/tokenizer.h"
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
  ProgressOptions progress;
  // Whether a long document may be encoded in parts, cut where no chunk is
  // (NextSafeCut), without changing its ids.
  bool may_part_documents = false;
  // Whether a part may come with threads > 1: one that could not be cut.
  bool may_share_parts = false;
  // Whether a line of many MB may go through a StreamingEncoder, since nothing but its ids is
  // asked for.
  bool may_stream = false;
};

// Adds the options of all parts.
void AddPipelineOptions(CLI::App* app, PipelineOptions* options);

// A document, or one of its parts.
struct TextToEncode {
  std::int64_t number = 0;  // of the document, counted over all inputs and shards
  std::string_view text;
  bool begins_document = true;
  bool ends_document = true;
  int threads = 1;  // to encode it with
};

// What becomes of it: one segmentation, or several samples.
struct EncodedDocument {
  struct Segmentation {
    std::vector<TokenId> ids;
    std::vector<ByteSpan> offsets;  // if asked for
  };
  std::vector<Segmentation> segmentations;
};

// Called from several threads, each with its own worker. Offsets are those in
// the part's text.
using EncodePart =
    std::function<absl::Status(const TextToEncode& part, Worker* worker, EncodedDocument* encoded)>;

// While one batch of documents is encoded, the next is read and the last is
// written. Memory: three batches of some MB, or of what cannot be cut if that is larger: a document
// of JSON Lines, without may_part_documents any. Of a pipe that is read as a dialogue (OpenInputs),
// each document is written before the next is waited for.
absl::Status RunPipeline(PipelineOptions* options, const EncodePart& encode);

}  // namespace bytepiece
