// SPDX-License-Identifier: Apache-2.0
// bytepiece count: one machine's share of counting for a vocabulary.
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/spec_fields.h"
#include "cli/commands/commands.h"
#include "cli/files/input_options.h"
#include "cli/files/output_check.h"
#include "cli/files/output_ending.h"
#include "cli/options/model_option.h"
#include "cli/options/shard_option.h"
#include "cli/options/terminal_check.h"
#include "cli/options/training_input.h"
#include "cli/options/training_options.h"
#include "cli/program/errors.h"
#include "cli/program/progress_meter.h"
#include "cli/program/signals.h"
#include "trainer/shards.h"

namespace bytepiece {
namespace {

constexpr char kCountDescription[] =
    "Count one shard of a corpus, for many machines to train as one";

constexpr char kCountFooter[] =
    "First every machine counts the n-grams of its shard, and the counts are merged. Then\n"
    "every machine segments its shard with them and counts the pieces; \"bytepiece train\n"
    "--from-counts\" makes the vocabulary of these. The result is that of one machine that\n"
    "reads the whole corpus, byte for byte.\n"
    "\n"
    "A corpus that is not cut into files, one for each machine, is cut by --shard: every\n"
    "machine reads all of it and counts its documents.\n"
    "\n"
    "Examples:\n"
    "  bytepiece count -o ngrams.$i shard.$i.jsonl.zst          on machine $i\n"
    "  bytepiece merge -o ngrams ngrams.?\n"
    "  bytepiece count --pieces --ngrams ngrams --min-count 32 -o pieces.$i \\\n"
    "      shard.$i.jsonl.zst                                   on machine $i\n"
    "  bytepiece train --from-counts --vocab-size 80000 -o my.model pieces.?\n"
    "  bytepiece count --shard $i/8 -o ngrams.$i corpus/         on machine $i, from 1 to 8";

struct CountCommand {
  InputOptions input;
  ProgressOptions progress;
  TrainerOptions trainer;
  std::optional<Normalization> normalization;
  bool pieces = false;
  std::string ngrams;
  std::string output;
};

// The corpus, to be read as `spec` says.
absl::StatusOr<std::unique_ptr<Corpus>> OpenShard(const CountCommand& command,
                                                  const TrainerSpec& spec) {
  InputOptions input = command.input;
  absl::Status status = PrepareTrainingInput(spec, command.trainer, &input);
  if (!status.ok()) return status;
  absl::StatusOr<std::unique_ptr<Corpus>> corpus = OpenInputs(input, Passes::kOne);
  if (!corpus.ok()) return corpus;
  FilesInUse files;
  files.Read((*corpus)->files()).Read({command.ngrams}, "an input");
  status = files.Write({command.output}, "the output");
  status.Update(files.Write({command.progress.log_json}, "the log"));
  if (!status.ok()) return status;
  return corpus;
}

// *logged is whether all progress could be logged.
absl::Status CountNgramsOf(const CountCommand& command, const CountFileWriter::Append& write,
                           absl::Status* logged) {
  const absl::StatusOr<std::unique_ptr<Corpus>> corpus = OpenShard(command, command.trainer.spec);
  if (!corpus.ok()) return corpus.status();
  ProgressMeter meter(command.progress);
  if (!meter.status().ok()) return meter.status();
  absl::Status status = CountNgramShard(corpus->get(), command.trainer, &meter, write);
  *logged = meter.Finish();
  if (status.ok()) ReportInputNotes((*corpus)->notes());
  return status;
}

absl::Status CountPiecesOf(const CLI::App& app, const CountCommand& command,
                           const CountFileWriter::Append& write, absl::Status* logged) {
  absl::StatusOr<std::shared_ptr<const CountFile>> ngrams = OpenCountFile(command.ngrams);
  if (!ngrams.ok()) return ngrams.status();
  TrainerSpec spec = command.trainer.spec;
  absl::Status status = CheckAgainstCounts(app, spec, **ngrams);
  if (!status.ok()) return status;
  SetSpec((*ngrams)->header(), &spec);
  const absl::StatusOr<std::unique_ptr<Corpus>> corpus = OpenShard(command, spec);
  if (!corpus.ok()) return corpus.status();
  ProgressMeter meter(command.progress);
  if (!meter.status().ok()) return meter.status();
  status = CountPieceShard(corpus->get(), *std::move(ngrams), command.trainer, &meter, write);
  *logged = meter.Finish();
  if (status.ok()) ReportInputNotes((*corpus)->notes());
  return status;
}

// Options of segmenting have no place where nothing is segmented.
absl::Status CheckCountsNgrams(const CLI::App& app) {
  absl::Status status;
  VisitSpecFields([&](const SpecField& field, auto) {
    if (field.step != SpecStep::kPieces || app.count(field.option) == 0) return;
    status.Update(
        UsageError(absl::StrCat(field.option,
                                " is for counting pieces; n-grams are all counted, so leave it "
                                "out here, or add --pieces and --ngrams")));
  });
  return status;
}

absl::Status Run(const CLI::App& app, CountCommand* command) {
  TrainerSpec* spec = &command->trainer.spec;
  spec->normalization = command->normalization.value_or(spec->normalization);
  if (absl::Status status = ValidateCountingSpec(*spec); !status.ok()) return AsUsageError(status);
  if (command->pieces == command->ngrams.empty()) {
    return UsageError(
        "--pieces and --ngrams go together: pieces are counted with the n-grams of "
        "the whole corpus");
  }
  absl::Status fits = CheckEnding(command->output, {}, "count", "name it otherwise");
  if (!fits.ok()) return fits;
  if (absl::Status status = CheckNoTerminal(command->output, "a count file"); !status.ok()) {
    return status;
  }
  if (!command->pieces) {
    if (absl::Status status = CheckCountsNgrams(app); !status.ok()) return status;
  }
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(command->output);
  if (!file.ok()) return file.status();
  const GracefulStop stop("interrupted; no counts were written");
  const auto write = [&file](std::string_view bytes) { return file->Write(bytes); };
  absl::Status logged;
  absl::Status status = command->pieces ? CountPiecesOf(app, *command, write, &logged)
                                        : CountNgramsOf(*command, write, &logged);
  GracefulStop::EndIfRequested();
  if (status.ok()) status = file->Commit();
  status.Update(logged);
  return status;
}

}  // namespace

Command AddCount(CLI::App* root) {
  auto command = std::make_shared<CountCommand>();
  command->input.weights = true;
  // Growing is done by who has the whole corpus.
  command->trainer.spec.method = TrainingMethod::kRecover;
  CLI::App* app = root->add_subcommand("count", kCountDescription);
  AddInputOptions(app, &command->input);
  AddShardOption(app, &command->input.corpus.shard);
  AddNgramOptions(app, &command->trainer.spec);
  AddSpecialTokenOptions(app, &command->trainer.spec);
  AddNormalizationOption(app, "Unicode normalisation before anything else",
                         &command->normalization);
  app->add_flag("--pieces", command->pieces, "Count pieces instead of n-grams")->group("Pieces");
  app->add_option("--ngrams", command->ngrams,
                  "The n-gram counts of the whole corpus; they settle the options\n"
                  "they were made with")
      ->type_name("FILE")
      ->group("Pieces");
  AddSegmentOptions(app, &command->trainer.spec);
  app->add_option("-o,--output", command->output, "The counts; \"-\" is standard output")
      ->type_name("FILE")
      ->required();
  AddThreadsOption(app, &command->trainer.threads);
  AddMemoryOptions(app, &command->trainer);
  AddProgressOptions(app, &command->progress);
  app->footer(kCountFooter);
  return {app, [app, command] { return Run(*app, command.get()); }};
}

}  // namespace bytepiece
