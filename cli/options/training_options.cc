// SPDX-License-Identifier: Apache-2.0
#include "cli/options/training_options.h"

#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/quoted.h"
#include "bytepiece/model/spec_fields.h"
#include "cli/options/size_option.h"
#include "cli/program/choice.h"
#include "cli/program/errors.h"
#include "trainer/setup/memory_budget.h"

namespace bytepiece {
namespace {

constexpr char kMethodGroup[] = "Method";

void AddPruningOptions(CLI::App* app, TrainerSpec* spec) {
  CLI::Option* const prune =
      app->add_option("--prune-while-counting", spec->prune_while_counting,
                      "Approximate, for corpora of which even the disk cannot hold\n"
                      "all n-grams: those seen less than N times are forgotten at\n"
                      "fixed places of the corpus, whose order matters then. No count\n"
                      "is more than N - 1 too low for each place. 0 counts exactly")
          ->type_name("N")
          ->capture_default_str()
          ->group(kMethodGroup);
  AddSizeOption(app, "--prune-every",
                absl::StrCat("These places: after every so many bytes of text (default: ",
                             FormatMemorySize(spec->prune_every), ")"),
                kMethodGroup, &spec->prune_every);
  app->get_option("--prune-every")->needs(prune);
}

}  // namespace

void AddNgramOptions(CLI::App* app, TrainerSpec* spec) {
  app->add_option("--order", spec->order,
                  "Longest n-gram counted, in bytes, 2 to 7: more context, more\n"
                  "memory")
      ->type_name("N")
      ->capture_default_str()
      ->group(kMethodGroup);
  app->add_flag("--isolate-digits", spec->isolate_digits,
                absl::StrCat("Every decimal digit a piece of its own (default: ",
                             spec->isolate_digits ? "true" : "false", ")"))
      ->group(kMethodGroup);
  AddPruningOptions(app, spec);
}

void AddSpecialTokenOptions(CLI::App* app, TrainerSpec* spec) {
  constexpr char kGroup[] = "Vocabulary";
  app->add_option("--special-token", spec->special_tokens,
                  "The text of a token of its own, such as <|user|>: never split, and\n"
                  "never made from text unless encode is told so (--special-tokens,\n"
                  "--allow-special); repeatable. Ids follow the pieces")
      ->type_name("TEXT")
      ->allow_extra_args(false)
      ->group(kGroup);
  app->add_option_function<std::string>(
         "--special-token-text",
         [spec](const std::string& name) { ParseSpecText(name, &spec->special_token_text); },
         "Where the corpus spells a special token, that is a boundary and\n"
         "no part of any piece, or plain text like any other")
      ->type_name("boundary|plain")
      ->check(OneOf({"boundary", "plain"}))
      ->default_str(SpecText(spec->special_token_text))
      ->group(kGroup);
}

void AddSegmentOptions(CLI::App* app, TrainerSpec* spec) {
  std::vector<std::string> methods = {"exact", "recover"};
  const bool grow = spec->method == TrainingMethod::kGrow;
  if (grow) methods.push_back("grow");
  constexpr char kDeadEnds[] =
      "Where the n-grams know no way on, recover cuts one character\n"
      "into bytes and goes on; exact does as the reference does, and\n"
      "cuts the rest of the line. They differ in nothing else";
  constexpr char kGrows[] =
      "exact: the reference's vocabulary. recover: without its flaw,\n"
      "which costs the rest of a line where the n-grams know no way\n"
      "on. grow: recover's pieces as a start, then longer ones of\n"
      "neighbours, then fewer by use: it needs fewest tokens, and\n"
      "reads the corpus some 15 times";
  app->add_option_function<std::string>(
         "--method", [spec](const std::string& name) { ParseSpecText(name, &spec->method); },
         grow ? kGrows : kDeadEnds)
      ->type_name(grow ? "exact|recover|grow" : "exact|recover")
      ->check(OneOf(methods))
      ->default_str(SpecText(spec->method))
      ->group(kMethodGroup);
  app->add_option("--min-count", spec->min_count,
                  "n-grams and pieces seen less often are dropped: 2 for a few MB\n"
                  "of text, 32 for GBs")
      ->type_name("N")
      ->capture_default_str()
      ->group(kMethodGroup);
  app->add_flag("--ensure-unicode", spec->ensure_unicode,
                absl::StrCat("No piece starts inside a UTF-8 character; turn off with\n"
                             "--ensure-unicode=false (default: ",
                             spec->ensure_unicode ? "true" : "false", ")"))
      ->group(kMethodGroup);
}

void AddGrowOptions(CLI::App* app, TrainerSpec* spec) {
  app->add_option("--character-coverage", spec->character_coverage,
                  "grow only: the most frequent characters that make up this\n"
                  "share of the text have a piece each, however rarely that is\n"
                  "used, up to a third of the vocabulary")
      ->type_name("SHARE")
      ->capture_default_str()
      ->group(kMethodGroup);
  app->add_flag("--soft-counts", spec->soft_counts,
                "grow only: counts pieces by all segmentations of the text, by\n"
                "their probability, not by the best alone: mostly 0 to 1 %\n"
                "fewer tokens, most on other kinds of text, for 2.3 times the\n"
                "time")
      ->group(kMethodGroup);
  AddSizeOption(app, "--grow-sample",
                "grow only: grows and shrinks by about SIZE of the text, such as\n"
                "1G, of documents chosen by what they say, and reads all of it\n"
                "for the last counts alone: for corpora of many GB. At least\n"
                "16M and 1k a token; the more, the less is lost (default: all)",
                kMethodGroup, &spec->grow_sample);
  const std::map<std::string, bool TrainerSpec::*> borders = {
      {"spaces", &TrainerSpec::cross_spaces},
      {"punctuation", &TrainerSpec::cross_punctuation},
      {"newlines", &TrainerSpec::cross_newlines}};
  app->add_option_function<std::vector<std::string>>(
         "--no-cross",
         [borders, spec](const std::vector<std::string>& names) {
           for (const std::string& name : names) spec->*borders.at(name) = false;
         },
         "grow only: borders that no piece crosses. spaces: white space\n"
         "stands at a piece's start alone; punctuation: not beside\n"
         "letters and digits; newlines: beside newlines alone. Each\n"
         "costs tokens (default: all are crossed)")
      ->type_name("BORDER[,BORDER...]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(OneOf(borders))
      ->group(kMethodGroup);
}

void AddMemoryOptions(CLI::App* app, TrainerOptions* options) {
  constexpr char kMemory[] = "Memory";
  AddSizeOption(app, "--memory-limit",
                "Resident memory stays below it, whatever the size of the\n"
                "corpus: counts go to disk. It costs time, never the result\n"
                "(default: 3/4 of what is available)",
                kMemory, &options->memory_limit);
  app->add_option("--temp-dir", options->temp_dir,
                  "Folder for what memory has no room for, up to 6 times the\n"
                  "corpus, and for copies of piped input (default: TMPDIR).\n"
                  "Nothing stays there")
      ->type_name("DIR")
      ->check([](const std::string& path) -> std::string {
        std::error_code error;
        if (!std::filesystem::is_directory(path, error)) return Quoted(path) + " is no folder";
        return access(path.c_str(), W_OK) == 0 ? "" : Quoted(path) + " cannot be written to";
      })
      ->group(kMemory);
}

void AddWorkDirOptions(CLI::App* app, TrainerOptions* options) {
  constexpr char kResuming[] = "Resuming";
  app->add_option("--work-dir", options->work_dir,
                  "A folder that keeps what is done: if this run is killed, the\n"
                  "same command goes on from there, if the inputs still say what\n"
                  "they said. Yours to delete afterwards")
      ->type_name("DIR")
      ->group(kResuming);
  app->add_option("--checkpoint-every", options->checkpoint_seconds,
                  "What is done is written down at least so often")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber.description(""))
      ->group(kResuming)
      ->needs("--work-dir");
}

absl::StatusOr<std::shared_ptr<const CountFile>> OpenCountFile(const std::string& path) {
  absl::StatusOr<ScratchFile> file = ScratchFile::OpenExisting(path);
  if (!file.ok()) return file.status();
  return CountFile::Open(*std::move(file));
}

absl::Status CheckAgainstCounts(const CLI::App& app, const TrainerSpec& given,
                                const CountFile& counts) {
  TrainerSpec settled = given;
  SetSpec(counts.header(), &settled);
  absl::Status status;
  VisitSpecFields([&](const SpecField& field, auto member) {
    if (given.*member == settled.*member || app.count(field.option) == 0) return;
    status.Update(UsageError(absl::StrCat(field.option, " differs from what ", counts.name(),
                                          " was made with; leave the option out, or count again")));
  });
  if (status.ok() && app.count("--special-token") > 0 &&
      given.special_token_text != settled.special_token_text) {
    return UsageError(absl::StrCat("--special-token: ", counts.name(),
                                   " was counted without such boundaries; count with the same "
                                   "--special-token, or give --special-token-text plain"));
  }
  return status;
}

}  // namespace bytepiece
