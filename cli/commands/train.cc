// SPDX-License-Identifier: Apache-2.0
// bytepiece train: a vocabulary from a corpus.
#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/spec_fields.h"
#include "cli/commands/commands.h"
#include "cli/files/input_options.h"
#include "cli/files/output_check.h"
#include "cli/options/model_option.h"
#include "cli/options/model_output.h"
#include "cli/options/terminal_check.h"
#include "cli/options/training_input.h"
#include "cli/options/training_options.h"
#include "cli/program/choice.h"
#include "cli/program/errors.h"
#include "cli/program/printable.h"
#include "cli/program/progress_meter.h"
#include "cli/program/signals.h"
#include "trainer/counts/count_file.h"
#include "trainer/setup/memory_budget.h"
#include "trainer/trainer.h"

namespace bytepiece {
namespace {

constexpr char kTrainDescription[] = "Learn a vocabulary from a corpus";

constexpr char kTrainFooter[] =
    "The vocabulary is a byte-level Unigram model: every byte is a piece, so any input can\n"
    "be encoded; longer pieces are found by an n-gram model of the corpus. The same corpus\n"
    "and options give the same bytes, whatever the number of threads. The corpus is read\n"
    "several times; pipes are copied to a file in --temp-dir for that.\n"
    "\n"
    "Examples:\n"
    "  bytepiece train --vocab-size 8000 -o my.model corpus.txt\n"
    "  bytepiece train --vocab-size 8000,16000,32000 --min-count 32 -o my.model \\\n"
    "      --field content data/*.jsonl.zst\n"
    "      three nested vocabularies: my.model.8000, my.model.16000, my.model.32000\n"
    "  bytepiece train --special-token \"<|user|>\" --special-token \"<|end|>\" \\\n"
    "      --pad-vocab-to 64 -o chat.model corpus/\n"
    "  bytepiece train --memory-limit 4G --work-dir job -o mix.model zh.jsonl:3 en.jsonl:5\n"
    "      a mixture, within 4 GB; the same command goes on if it was killed";

struct TrainCommand {
  InputOptions input;
  ProgressOptions progress;
  TrainerOptions trainer;
  bool from_counts = false;
  std::optional<Normalization> normalization;
  std::string output;
  ModelFormat format = ModelFormat::kProtobuf;
};

void AddSizeOptions(CLI::App* app, TrainerOptions* trainer) {
  constexpr char kGroup[] = "Vocabulary";
  TrainerSpec* const spec = &trainer->spec;
  app->add_option("--vocab-size", spec->vocab_sizes,
                  "Tokens, the 3 control and all special tokens included; at\n"
                  "least 259. Several, comma-separated, are nested: each model is\n"
                  "pruned from the next larger, and written to OUTPUT.SIZE")
      ->type_name("N[,N...]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->default_str(absl::StrJoin(spec->vocab_sizes, ","))
      ->group(kGroup);
  app->add_flag("--hard-vocab-size", trainer->hard_vocab_size,
                "A vocabulary smaller than asked for is an error. Else it is a\n"
                "note: the corpus may use no more pieces, and exact and recover\n"
                "do not fill up what pruning leaves unused")
      ->group(kGroup);
  app->add_option("--max-piece-length", spec->max_piece_length,
                  "Longest piece, in bytes, up to 1024")
      ->type_name("N")
      ->capture_default_str()
      ->group(kGroup);
  app->add_option("--pad-vocab-to", spec->pad_vocab_to,
                  "Round the size up to a multiple of N with reserved tokens")
      ->type_name("N")
      ->capture_default_str()
      ->group(kGroup);
}

void AddTrainedScoresOption(CLI::App* app, std::optional<ScoreKind>* scores) {
  AddScoresOption(app,
                  "How the model scores its pieces: whole, in whole numbers of\n"
                  "64ths of a nat, whose sums are exact, or log, logarithms in\n"
                  "double precision, as the reference. Of the ids of a text some\n"
                  "0.1 % differ; convert changes it later (default: whole for\n"
                  "grow, log for exact, recover and --format json)",
                  scores);
  app->get_option("--scores")->group("Vocabulary");
}

std::vector<std::string> OutputPaths(const TrainCommand& command) {
  const std::vector<std::int64_t>& sizes = command.trainer.spec.vocab_sizes;
  if (sizes.size() == 1) return {command.output};
  std::vector<std::string> paths;
  for (const std::int64_t size : sizes) paths.push_back(absl::StrCat(command.output, ".", size));
  return paths;
}

absl::Status CheckOptions(const TrainCommand& command) {
  const TrainerSpec& spec = command.trainer.spec;
  if (absl::Status status = ValidateTrainerSpec(spec); !status.ok()) return AsUsageError(status);
  if (spec.vocab_sizes.size() > 1 && command.output == "-") {
    return UsageError("several models cannot go to standard output; give --output a path");
  }
  const std::vector<std::int64_t>& sizes = spec.vocab_sizes;
  for (auto size = sizes.begin(); size != sizes.end(); ++size) {
    if (std::find(sizes.begin(), size, *size) == size) continue;
    return UsageError(absl::StrCat("--vocab-size names ", *size, " twice; name each size once"));
  }
  absl::Status fits = CheckModelName(command.output, command.format, "--format");
  if (!fits.ok()) return fits;
  if (command.format != ModelFormat::kJson) {
    absl::Status shown = CheckNoTerminal(command.output, "a model");
    if (!shown.ok()) return shown;
  }
  return AsUsageError(CheckModelFormat(command.format, spec.normalization, command.trainer.scores));
}

// An error if an option was given that means nothing to the method.
absl::Status CheckMethodOptions(const CLI::App& app, const TrainerSpec& spec) {
  if (DoesGrow(spec)) return absl::OkStatus();
  absl::Status status;
  VisitSpecFields([&](const SpecField& field, auto) {
    if (field.matters != DoesGrow || app.count(field.option) == 0) return;
    status.Update(
        UsageError(absl::StrCat(field.option, " is for --method grow and means nothing to ",
                                "--method ", SpecText(spec.method), "; leave it out")));
  });
  return status;
}

// Shows progress; *logged is whether all of it could be logged.
absl::StatusOr<std::vector<Model>> ShowProgress(
    const TrainCommand& command, absl::Status* logged,
    const std::function<absl::StatusOr<std::vector<Model>>(ProgressSink*)>& work) {
  ProgressMeter meter(command.progress);
  if (!meter.status().ok()) return meter.status();
  absl::StatusOr<std::vector<Model>> models = work(&meter);
  *logged = meter.Finish();
  return models;
}

absl::StatusOr<std::vector<Model>> TrainOnCorpus(const TrainCommand& command,
                                                 absl::Status* logged) {
  InputOptions input = command.input;
  absl::Status prepared = PrepareTrainingInput(command.trainer.spec, command.trainer, &input);
  if (!prepared.ok()) return prepared;
  absl::StatusOr<std::unique_ptr<Corpus>> corpus = OpenInputs(input, Passes::kSeveral);
  if (!corpus.ok()) return corpus.status();
  FilesInUse files;
  absl::Status safe = files.Read((*corpus)->files()).Write(OutputPaths(command), "the output");
  safe.Update(files.Write({command.progress.log_json}, "the log"));
  if (!safe.ok()) return safe;
  if (!command.trainer.work_dir.empty() && (*corpus)->has_pipe()) {
    return UsageError(
        "--work-dir needs inputs that can be read again by a later run; a pipe "
        "cannot, so write it to a file");
  }
  const auto work = [&](ProgressSink* progress) {
    return Train(corpus->get(), command.trainer, progress);
  };
  absl::StatusOr<std::vector<Model>> models = ShowProgress(command, logged, work);
  if (!models.ok()) return WithLeftOut(models.status(), (*corpus)->notes());
  ReportInputNotes((*corpus)->notes());
  return models;
}

// An error if an option was given that asks for growing, or has a meaning for that alone.
absl::Status CheckNotGrowing(const CLI::App& app, const TrainerSpec& spec) {
  std::string given;
  if (app.count("--method") > 0 && DoesGrow(spec)) given = "--method grow";
  VisitSpecFields([&](const SpecField& field, auto) {
    if (field.matters == DoesGrow && app.count(field.option) > 0) given = field.option;
  });
  if (given.empty()) return absl::OkStatus();
  return UsageError(
      absl::StrCat("growing a vocabulary reads the corpus, which --from-counts does without; leave "
                   "out ",
                   given, ", or train on the corpus"));
}

absl::StatusOr<std::vector<Model>> TrainOnCounts(const CLI::App& app, const TrainCommand& command,
                                                 absl::Status* logged) {
  if (command.input.arguments.empty()) {
    return UsageError("--from-counts needs piece counts; name the files");
  }
  if (absl::Status status = CheckNotGrowing(app, command.trainer.spec); !status.ok()) return status;
  for (const char* option : {"--document", "--field", "--input-format"}) {
    if (app.count(option) == 0) continue;
    return UsageError(
        absl::StrCat(option, " is for text, and --from-counts reads counts; leave it out"));
  }
  if (!command.trainer.work_dir.empty()) {
    return UsageError("--work-dir has no place with --from-counts, which is the last stage alone");
  }
  FilesInUse in_use;
  in_use.Read(command.input.arguments, "an input");
  absl::Status safe = in_use.Write(OutputPaths(command), "the output");
  safe.Update(in_use.Write({command.progress.log_json}, "the log"));
  if (!safe.ok()) return safe;
  std::vector<std::shared_ptr<const CountFile>> files;
  for (const std::string& path : command.input.arguments) {
    absl::StatusOr<std::shared_ptr<const CountFile>> file = OpenCountFile(path);
    if (!file.ok()) return file.status();
    absl::Status status = CheckAgainstCounts(app, command.trainer.spec, **file);
    if (!status.ok()) return status;
    files.push_back(*std::move(file));
  }
  return ShowProgress(command, logged, [&](ProgressSink* progress) {
    return TrainFromPieces(files, command.trainer, progress);
  });
}

// After an interruption.
std::string HowToGoOn(const TrainCommand& command) {
  if (command.from_counts) return "";  // a stage of seconds
  return command.trainer.work_dir.empty()
             ? "; with --work-dir DIR a run keeps what is done, and the same command goes on"
             : ". The same command goes on from the last checkpoint, if one was made";
}

absl::StatusOr<std::vector<Model>> TrainInterruptibly(const CLI::App& app,
                                                      const TrainCommand& command,
                                                      absl::Status* logged) {
  const GracefulStop stop(absl::StrCat("interrupted; no model was written", HowToGoOn(command)));
  absl::StatusOr<std::vector<Model>> models =
      command.from_counts ? TrainOnCounts(app, command, logged) : TrainOnCorpus(command, logged);
  GracefulStop::EndIfRequested();
  return models;
}

// Before the work, which may take hours, so that an output that cannot be is
// known at once.
absl::StatusOr<std::vector<AtomicFile>> CreateOutputs(const std::vector<std::string>& paths) {
  std::vector<AtomicFile> files;
  for (const std::string& path : paths) {
    absl::StatusOr<AtomicFile> file = AtomicFile::Create(path);
    if (!file.ok()) return file.status();
    files.push_back(*std::move(file));
  }
  return files;
}

absl::Status WriteModels(ModelFormat format, const std::vector<Model>& models,
                         std::vector<AtomicFile>* files) {
  for (std::size_t i = 0; i < models.size(); ++i) {
    absl::Status status = WriteModelAs(format, models[i], &(*files)[i]);
    if (!status.ok()) return status;
  }
  for (AtomicFile& file : *files) {
    if (absl::Status status = file.Finish(); !status.ok()) return status;
  }
  for (AtomicFile& file : *files) {
    if (absl::Status status = file.Commit(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void PrintSummary(const std::vector<std::string>& paths, const std::vector<Model>& models,
                  double seconds) {
  const Provenance& origin = *models[0].provenance;
  std::cerr << "learned from " << origin.corpus_documents
            << (origin.corpus_documents == 1 ? " document, " : " documents, ")
            << FormatAmount(origin.corpus_bytes, "bytes") << " of text, in "
            << FormatDuration(seconds) << ", peak memory "
            << FormatAmount(static_cast<double>(PeakResidentBytes()), "bytes") << "\n";
  for (std::size_t i = 0; i < models.size(); ++i) {
    std::cerr << (paths[i] == "-" ? "standard output" : Printable(paths[i])) << ": "
              << VocabSize(models[i]) << " tokens, " << models[i].pieces.size()
              << " of them pieces\n";
  }
  std::cerr << std::flush;
}

absl::Status Run(const CLI::App& app, TrainCommand* command) {
  TrainerSpec* spec = &command->trainer.spec;
  spec->normalization = command->normalization.value_or(spec->normalization);
  std::optional<ScoreKind>* const scores = &command->trainer.scores;
  if (command->format == ModelFormat::kJson) *scores = scores->value_or(ScoreKind::kLog);
  if (absl::Status status = CheckOptions(*command); !status.ok()) return status;
  if (!command->from_counts) {
    if (absl::Status status = CheckMethodOptions(app, *spec); !status.ok()) return status;
  }
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::string> paths = OutputPaths(*command);
  absl::StatusOr<std::vector<AtomicFile>> files = CreateOutputs(paths);
  if (!files.ok()) return files.status();
  absl::Status logged;
  absl::StatusOr<std::vector<Model>> models = TrainInterruptibly(app, *command, &logged);
  if (!models.ok()) return models.status();
  for (const std::string& warning : DropWhatHasNoPlace(command->format, absl::MakeSpan(*models))) {
    PrintError(warning);
  }
  absl::Status status = WriteModels(command->format, *models, &*files);
  if (!status.ok()) return status;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  if (!command->progress.quiet) PrintSummary(paths, *models, elapsed.count());
  return logged;
}

}  // namespace

Command AddTrain(CLI::App* root) {
  auto command = std::make_shared<TrainCommand>();
  command->input.weights = true;
  CLI::App* app = root->add_subcommand("train", kTrainDescription);
  AddInputOptions(app, &command->input);
  AddSizeOptions(app, &command->trainer);
  AddSpecialTokenOptions(app, &command->trainer.spec);
  AddTrainedScoresOption(app, &command->trainer.scores);
  AddNgramOptions(app, &command->trainer.spec);
  AddSegmentOptions(app, &command->trainer.spec);
  AddGrowOptions(app, &command->trainer.spec);
  AddNormalizationOption(app, "Unicode normalisation before anything else, kept in the model",
                         &command->normalization);
  app->add_option("-o,--output", command->output, "The model; \"-\" is standard output")
      ->type_name("FILE")
      ->required();
  AddModelFormatOption(app, "--format", &command->format);
  app->add_flag("--from-counts", command->from_counts,
                "The inputs are piece counts (\"bytepiece count --pieces\"), which\n"
                "settle the options they were made with")
      ->group("Input");
  AddThreadsOption(app, &command->trainer.threads);
  AddMemoryOptions(app, &command->trainer);
  AddWorkDirOptions(app, &command->trainer);
  AddProgressOptions(app, &command->progress);
  app->footer(kTrainFooter);
  return {app, [app, command] { return Run(*app, command.get()); }};
}

}  // namespace bytepiece
