// SPDX-License-Identifier: Apache-2.0
// bytepiece merge: many files of counts become one.
#include <memory>
#include <string>
#include <vector>

#include "bytepiece/io/atomic_file.h"
#include "cli/commands/commands.h"
#include "cli/files/output_check.h"
#include "cli/files/output_ending.h"
#include "cli/options/terminal_check.h"
#include "cli/options/training_options.h"
#include "cli/program/errors.h"
#include "cli/program/progress_meter.h"
#include "cli/program/signals.h"
#include "trainer/shards.h"

namespace bytepiece {
namespace {

constexpr char kMergeDescription[] = "Add up count files of one corpus's shards";

constexpr char kMergeFooter[] =
    "All files must hold counts of the same kind, made with the same options. Merging in\n"
    "several steps, or in any order, gives the same bytes.\n"
    "\n"
    "Examples:\n"
    "  bytepiece merge -o ngrams ngrams.0 ngrams.1 ngrams.2";

struct MergeCommand {
  std::vector<std::string> inputs;
  std::string output;
  ProgressOptions progress;
};

// *logged is whether all progress could be logged.
absl::Status Merge(const MergeCommand& command, AtomicFile* output, absl::Status* logged) {
  CountFiles files;
  for (const std::string& path : command.inputs) {
    absl::StatusOr<std::shared_ptr<const CountFile>> file = OpenCountFile(path);
    if (!file.ok()) return file.status();
    files.push_back(*std::move(file));
  }
  ProgressMeter meter(command.progress);
  if (!meter.status().ok()) return meter.status();
  absl::Status status =
      MergeCounts(files, &meter, [output](std::string_view bytes) { return output->Write(bytes); });
  *logged = meter.Finish();
  return status;
}

absl::Status Run(const MergeCommand& command) {
  absl::Status fits = CheckEnding(command.output, {}, "merge", "name it otherwise");
  if (!fits.ok()) return fits;
  if (absl::Status status = CheckNoTerminal(command.output, "a count file"); !status.ok()) {
    return status;
  }
  FilesInUse files;
  files.Read(command.inputs, "an input");
  absl::Status safe = files.Write({command.output}, "the output");
  safe.Update(files.Write({command.progress.log_json}, "the log"));
  if (!safe.ok()) return safe;
  absl::StatusOr<AtomicFile> output = AtomicFile::Create(command.output);
  if (!output.ok()) return output.status();
  const GracefulStop stop("interrupted; no counts were written");
  absl::Status logged;
  absl::Status status = Merge(command, &*output, &logged);
  GracefulStop::EndIfRequested();
  if (status.ok()) status = output->Commit();
  status.Update(logged);
  return status;
}

}  // namespace

Command AddMerge(CLI::App* root) {
  auto command = std::make_shared<MergeCommand>();
  CLI::App* app = root->add_subcommand("merge", kMergeDescription);
  app->add_option("inputs", command->inputs, "Count files, of \"bytepiece count\"")
      ->type_name("FILE")
      ->required();
  app->add_option("-o,--output", command->output, "The sum; \"-\" is standard output")
      ->type_name("FILE")
      ->required();
  AddProgressOptions(app, &command->progress);
  app->footer(kMergeFooter);
  return {app, [command] { return Run(*command); }};
}

}  // namespace bytepiece
