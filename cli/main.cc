// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.h"
#include "cli/program/program.h"

namespace bytepiece {
namespace {

constexpr char kProgramDescription[] =
    "Byte-level Unigram tokenizer: learns a vocabulary from text, turns text into ids\n"
    "and back without losing a byte.";

constexpr char kProgramFooter[] =
    "A first run:\n"
    "  bytepiece train --vocab-size 8000 --output my.model corpus/*.txt\n"
    "  bytepiece encode --model my.model --output ids.npy --format npy corpus/*.txt\n"
    "\n"
    "\"bytepiece help COMMAND\" explains a command, with examples. Numbers can be written 32k\n"
    "and 1.5M (32000, 1500000). \"bytepiece completion bash\" (zsh, fish) prints a script that\n"
    "lets the shell complete commands and options.\n"
    "Exit codes: 0 done, 1 the work failed, 2 wrong usage; 130 and 143 (as shells count)\n"
    "interrupted. Output files appear whole or not at all.";

}  // namespace
}  // namespace bytepiece

int main(int argc, char** argv) {
  using namespace bytepiece;
  return RunProgram(argc, argv,
                    {.name = "bytepiece",
                     .version = BYTEPIECE_VERSION,
                     .description = kProgramDescription,
                     .footer = kProgramFooter,
                     .commands = {AddTrain, AddEncode, AddDecode, AddSample, AddConvert, AddInspect,
                                  AddEvaluate, AddCount, AddMerge}});
}
