// SPDX-License-Identifier: Apache-2.0
// bytepiece encode: text to token ids.
#include <memory>

#include "cli/commands/commands.h"
#include "cli/commands/encode_pipeline.h"

namespace bytepiece {
namespace {

constexpr char kEncodeDescription[] = "Turn text into token ids";

constexpr char kEncodeFooter[] =
    "Each document is cut into the pieces that the model finds most probable. Decoding the\n"
    "ids gives the normalised text back, byte for byte; with --normalization none, the text\n"
    "as it was, whatever its bytes. The output is the same whatever the number of threads. A\n"
    "file appears when it is complete; an earlier one stays as it was until then.\n"
    "\n"
    "A program that writes into a pipe and waits for the ids, line by line, gives --document\n"
    "line (for JSON Lines, too): each line is answered by a line of --format ids, pieces or\n"
    "jsonl when its newline has come. Without it, ids come as batches are full or at the end.\n"
    "\n"
    "Examples:\n"
    "  echo \"Hello world\" | bytepiece encode -m my.model --format pieces\n"
    "  bytepiece encode -m my.model --allow-special \"<|user|>\" -o chat.npy chat.txt\n"
    "  bytepiece encode -m my.model -o train.npy --eos data/*.jsonl.zst\n"
    "  bytepiece encode -m my.model -o dataset --format megatron --eos --field content data/\n"
    "      writes dataset.bin and dataset.idx\n"
    "  bytepiece encode -m my.model --output-dir ids --format npy corpus/\n"
    "      corpus/a/b.txt.gz becomes ids/a/b.npy\n"
    "  bytepiece encode -m my.model --shard 2/8 -o part2.npy data/*.jsonl\n"
    "      documents 2, 10, 18, ...: one task of eight\n";

absl::Status Run(PipelineOptions* options) {
  options->takes_parts = true;
  // Text read, held and normalised, ids as they grow, are joined and written; ranges likewise.
  options->memory_cost = options->output.offsets ? 112 : 32;
  options->may_stream = !options->output.offsets;
  return RunPipeline(
      options, [options](absl::Span<const TextPart> parts, absl::Span<const std::uint64_t>,
                         BatchEncoder* encoder, TokenBatch* rows) {
        return encoder->EncodeParts(parts, options->encode, options->output.offsets, rows);
      });
}

}  // namespace

Command AddEncode(CLI::App* root) {
  auto options = std::make_shared<PipelineOptions>();
  CLI::App* app = root->add_subcommand("encode", kEncodeDescription);
  AddPipelineOptions(app, options.get());
  app->add_flag("--offsets", options->output.offsets,
                "jsonl: also the range of bytes of each token, half-open:\n"
                "\"offsets\": [[0, 3], ...]. They count from the start of the\n"
                "document's text: after a byte-order mark that is left out,\n"
                "and of JSON Lines within the field");
  app->footer(kEncodeFooter);
  return {app, [options] { return Run(options.get()); }};
}

}  // namespace bytepiece
