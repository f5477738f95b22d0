// SPDX-License-Identifier: Apache-2.0
// Training: a corpus of files or of Python's texts to models.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bytepiece/model/spec_fields.h"
#include "python/core/bound_tokenizer.h"
#include "python/core/corpus_of_paths.h"
#include "python/core/errors.h"
#include "python/core/python_progress.h"
#include "python/core/python_source.h"
#include "trainer/trainer.h"

namespace bytepiece {
namespace {

using nb::literals::operator""_a;

template <typename T>
void SetMember(const SpecField&, nb::handle value, T* member) {
  *member = nb::cast<T>(value);
}

template <typename Choice>
void SetChoice(const SpecField& field, nb::handle value, Choice* member) {
  const std::string name = nb::cast<std::string>(value);
  if (!ParseSpecText(name, member)) {
    throw nb::value_error(
        ("there is no " + std::string(field.words) + " \"" + name + "\"").c_str());
  }
}

void SetMember(const SpecField& field, nb::handle value, TrainingMethod* member) {
  SetChoice(field, value, member);
}
void SetMember(const SpecField& field, nb::handle value, Normalization* member) {
  SetChoice(field, value, member);
}
void SetMember(const SpecField& field, nb::handle value, SpecialTokenText* member) {
  SetChoice(field, value, member);
}

// Of what the dict has; the rest are the defaults.
TrainerSpec SpecOf(const nb::dict& values) {
  TrainerSpec spec;
  VisitSpecFields([&](const SpecField& field, auto member) {
    if (!values.contains(field.name)) return;
    try {
      SetMember(field, values[field.name], &(spec.*member));
    } catch (nb::cast_error&) {
      throw nb::type_error((std::string(field.name) + " is of the wrong type").c_str());
    }
  });
  return spec;
}

TrainerOptions OptionsOf(const nb::dict& spec, const nb::dict& run) {
  TrainerOptions options;
  options.spec = SpecOf(spec);
  const auto set = [&](const char* name, auto* member) {
    if (!run.contains(name)) return;
    *member = nb::cast<std::remove_pointer_t<decltype(member)>>(run[name]);
  };
  set("threads", &options.threads);
  set("memory_limit", &options.memory_limit);
  set("temp_dir", &options.temp_dir);
  set("work_dir", &options.work_dir);
  set("checkpoint_seconds", &options.checkpoint_seconds);
  set("hard_vocab_size", &options.hard_vocab_size);
  if (run.contains("scores")) {
    const std::string scores = nb::cast<std::string>(run["scores"]);
    if (scores != "whole" && scores != "log") {
      throw nb::value_error("scores must be \"whole\" or \"log\"");
    }
    options.scores = scores == "whole" ? ScoreKind::kWhole : ScoreKind::kLog;
  }
  return options;
}

// (models, notes)
nb::tuple TrainOn(DocumentSource* source, const TrainerOptions& options, nb::object progress,
                  KeptException* kept) {
  PythonProgress sink(std::move(progress), kept);
  absl::StatusOr<std::vector<Model>> models = std::vector<Model>();
  {
    nb::gil_scoped_release release;
    models = Train(source, options, &sink);
  }
  kept->Rethrow();
  nb::list list;
  for (Model& model : ValueOrThrow(std::move(models))) list.append(nb::cast(std::move(model)));
  return nb::make_tuple(list, sink.notes());
}

nb::tuple TrainOnTexts(nb::object open, bool once, nb::dict spec, nb::dict run,
                       nb::object progress) {
  const TrainerOptions options = OptionsOf(spec, run);
  KeptException kept;
  PythonSource source(std::move(open), once, options.temp_dir, &kept);
  return TrainOn(&source, options, std::move(progress), &kept);
}

nb::tuple TrainOnPaths(const std::vector<std::string>& paths, nb::dict reading, nb::dict spec,
                       nb::dict run, nb::object progress) {
  const TrainerOptions options = OptionsOf(spec, run);
  KeptException kept;
  const std::unique_ptr<Corpus> corpus = CorpusOfPaths(paths, reading);
  const nb::tuple trained = TrainOn(corpus.get(), options, std::move(progress), &kept);
  return nb::make_tuple(trained[0], nb::list(trained[1]) + nb::cast(NotesOf(*corpus)));
}

// The names of the options that decide a vocabulary.
std::vector<std::string> SpecNames() {
  std::vector<std::string> names;
  VisitSpecFields([&](const SpecField& field, auto) { names.emplace_back(field.name); });
  return names;
}

}  // namespace

void BindTraining(nb::module_* module) {
  module->def("train_on_texts", &TrainOnTexts, "open"_a, "once"_a, "spec"_a, "run"_a,
              "progress"_a.none());
  module->def("train_on_paths", &TrainOnPaths, "paths"_a, "reading"_a, "spec"_a, "run"_a,
              "progress"_a.none());
  module->def("spec_names", &SpecNames);
}

}  // namespace bytepiece
