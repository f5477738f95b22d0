// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>

#include "cli/program/program.h"
#include "lm_cli/commands.h"

namespace {

constexpr char kProgramDescription[] =
    "A small reference language model on BytePiece tokens: trains, measures in bits per\n"
    "byte, and generates text.";

constexpr char kProgramFooter[] =
    "A first run, about a minute of training:\n"
    "  bytepiece train --vocab-size 8000 -o my.model train.txt\n"
    "  bytepiece-lm train --tokenizer my.model --config tiny --train train.txt \\\n"
    "      --validation held_out.txt --output run\n"
    "  bytepiece-lm generate --model run \"Once upon a time\"\n"
    "\n"
    "\"bytepiece-lm help COMMAND\" explains a command, with examples. Numbers can be written 32k\n"
    "and 1.5M (32000, 1500000). \"bytepiece-lm completion bash\" (zsh, fish) prints a script that\n"
    "lets the shell complete commands and options.\n"
    "Exit codes: 0 done, 1 the work failed, 2 wrong usage; 130 and 143 (as shells count)\n"
    "interrupted.";

// A step's logits are tens of MB. Left to itself, the allocator gives each such block back
// to the system and takes it anew, page by page: a third of the time of a small model.
void KeepLargeBlocks() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);  // M_MMAP_THRESHOLD stops at 32 MB
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  using namespace bytepiece::lm;
  KeepLargeBlocks();
  return bytepiece::RunProgram(
      argc, argv,
      {.name = "bytepiece-lm",
       .version = BYTEPIECE_VERSION,
       .description = kProgramDescription,
       .footer = kProgramFooter,
       .commands = {AddTrain, AddEval, AddGenerate, AddContinuation, AddExtrapolation,
                    AddAttentionScale, AddKernelError, AddRecurrence, AddBench}});
}
