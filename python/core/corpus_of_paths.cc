// SPDX-License-Identifier: Apache-2.0
#include "python/core/corpus_of_paths.h"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>

#include <cstdint>
#include <map>
#include <utility>

#include "corpus/note_sentences.h"
#include "python/core/errors.h"

namespace bytepiece {
namespace {

template <typename Choice>
Choice ChoiceOf(const std::string& option, const std::string& name,
                const std::map<std::string, Choice>& choices) {
  const auto found = choices.find(name);
  if (found != choices.end()) return found->second;
  std::string known;
  for (const auto& [choice, value] : choices) known += (known.empty() ? "" : ", ") + choice;
  throw nb::value_error((option + " is \"" + name + "\"; choose from " + known).c_str());
}

void SetDocument(const std::string& document, CorpusOptions* corpus) {
  if (document == "file") {
    corpus->unit = DocumentUnit::kFile;
  } else if (document == "line") {
    corpus->unit = DocumentUnit::kLine;
  } else if (document.empty()) {
    throw nb::value_error("document is empty; give \"file\", \"line\" or a separator");
  } else {
    corpus->unit = DocumentUnit::kSeparator;
    corpus->separator = document;
  }
}

void SetShard(const std::pair<std::int64_t, std::int64_t>& shard, CorpusOptions* corpus) {
  if (shard.second < 1 || shard.first < 0 || shard.first >= shard.second) {
    throw nb::value_error("shard must be (index, count) with 0 <= index < count");
  }
  corpus->shard = {shard.first, shard.second};
}

void SetOption(const std::string& name, nb::handle value, CorpusOptions* corpus) {
  const auto text = [&] { return nb::cast<std::string>(value); };
  if (name == "document") {
    SetDocument(text(), corpus);
  } else if (name == "field") {
    corpus->field = text();
  } else if (name == "input_format") {
    corpus->format = ChoiceOf<InputFormat>(name, text(),
                                           {{"auto", InputFormat::kAuto},
                                            {"text", InputFormat::kText},
                                            {"jsonl", InputFormat::kJsonLines}});
  } else if (name == "compression") {
    corpus->compression = ChoiceOf<Compression>(name, text(),
                                                {{"auto", Compression::kAuto},
                                                 {"none", Compression::kNone},
                                                 {"gzip", Compression::kGzip},
                                                 {"zstd", Compression::kZstd},
                                                 {"xz", Compression::kXz},
                                                 {"bz2", Compression::kBzip2}});
  } else if (name == "on_bad_line") {
    corpus->skip_bad = ChoiceOf<bool>(name, text(), {{"error", false}, {"skip", true}});
  } else if (name == "shard") {
    SetShard(nb::cast<std::pair<std::int64_t, std::int64_t>>(value), corpus);
  } else if (name == "temp_dir") {
    corpus->temp_dir = text();
  } else if (name == "keep_byte_order_mark") {
    corpus->keep_byte_order_mark = nb::cast<bool>(value);
  } else if (name == "part_bytes") {
    corpus->parts.part_bytes = nb::cast<std::size_t>(value);
  } else {
    throw nb::value_error(("unknown option " + name).c_str());
  }
}

}  // namespace

std::unique_ptr<Corpus> CorpusOfPaths(const std::vector<std::string>& paths, nb::dict options) {
  CorpusOptions corpus;
  for (const auto [name, value] : options) SetOption(nb::cast<std::string>(name), value, &corpus);
  absl::StatusOr<std::unique_ptr<Corpus>> opened = absl::UnknownError("");
  {
    nb::gil_scoped_release release;
    InputNotes notes;
    absl::StatusOr<std::vector<InputFile>> files =
        ResolveInputs(paths, corpus.skip_bad ? &notes : nullptr);
    opened = files.ok() ? Corpus::Open(*std::move(files), corpus, std::move(notes))
                        : absl::StatusOr<std::unique_ptr<Corpus>>(files.status());
  }
  return ValueOrThrow(std::move(opened));
}

std::vector<std::string> NotesOf(const Corpus& corpus) {
  std::vector<std::string> sentences;
  for (std::string sentence : {LeftOutSentence(corpus.notes()), ReplacedSentence(corpus.notes())}) {
    if (!sentence.empty()) sentences.push_back(std::move(sentence));
  }
  return sentences;
}

}  // namespace bytepiece
