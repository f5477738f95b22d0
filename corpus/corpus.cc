// SPDX-License-Identifier: Apache-2.0
#include "corpus/corpus.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/io/scratch_file.h"
#include "corpus/document_reader.h"

namespace bytepiece::inline v0 {
namespace {

// A copy without a name in `folder`, gone when closed.
absl::StatusOr<FileDescriptor> Spool(int pipe, const std::string& name, const std::string& folder) {
  absl::StatusOr<ScratchFile> copy =
      ScratchFile::CreateUnnamed(folder.empty() ? DefaultTempDir() : folder);
  if (!copy.ok()) return copy.status();
  std::string buffer(std::size_t{1} << 20, '\0');
  for (;;) {
    const absl::StatusOr<std::size_t> got = ReadSome(pipe, name, buffer.data(), buffer.size());
    if (!got.ok()) return got.status();
    if (*got == 0) return std::move(*copy).TakeDescriptor();
    absl::Status status = copy->Append(std::string_view(buffer).substr(0, *got));
    if (!status.ok()) return status;
  }
}

struct OpenedInput {
  InputFile file;
  // Pipes and standard input: kept open from the start, and rewound by seeking.
  FileDescriptor kept;
  std::int64_t start = 0;  // where reading `kept` starts
  std::int64_t size = 0;   // 0: unknown
  bool is_pipe = false;
};

absl::StatusOr<OpenedInput> OpenInput(InputFile file) {
  absl::StatusOr<FileDescriptor> descriptor = OpenForReading(file.path);
  if (!descriptor.ok()) return descriptor.status();
  struct stat info = {};
  if (fstat(descriptor->get(), &info) != 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot examine ", file.path, ": ", std::strerror(errno)));
  }
  OpenedInput input;
  input.is_pipe = !S_ISREG(info.st_mode);
  if (!input.is_pipe) {
    // Standard input may have been read in part by whoever started us.
    input.start = lseek(descriptor->get(), 0, SEEK_CUR);
    input.size = info.st_size - input.start;
  }
  if (input.is_pipe || file.path == "-") input.kept = *std::move(descriptor);
  input.file = std::move(file);
  return input;
}

}  // namespace

struct Corpus::Impl {
  std::vector<InputFile> files;
  std::vector<OpenedInput> inputs;
  CorpusOptions options;
  InputNotes notes;
  InputNotes notes_of_files;  // what notes starts with, in each reading
  std::size_t next = 0;       // of inputs
  std::optional<DocumentReader> reader;
  std::int64_t finished = 0;  // bytes of the inputs before the current one
  std::int64_t documents = 0;
  std::int64_t met = 0;   // documents, of all shards
  bool is_wanted = true;  // whether the current one is of ours
  std::int64_t weight = 1;
  std::vector<std::size_t> file_indices;  // by document of the last Read

  // A descriptor at the start of the input.
  absl::StatusOr<FileDescriptor> Start(OpenedInput* input) {
    if (input->kept.get() < 0) return OpenForReading(input->file.path);
    if (input->is_pipe && options.spool_pipes) {
      absl::StatusOr<FileDescriptor> copy =
          Spool(input->kept.get(), DisplayName(input->file.path), options.temp_dir);
      if (!copy.ok()) return copy;
      input->kept = *std::move(copy);
      input->size = lseek(input->kept.get(), 0, SEEK_CUR);
      input->is_pipe = false;
    }
    if (!input->is_pipe) lseek(input->kept.get(), input->start, SEEK_SET);
    return FileDescriptor(dup(input->kept.get()));
  }

  absl::StatusOr<DocumentReader> OpenReader(OpenedInput* input) {
    absl::StatusOr<FileDescriptor> file = Start(input);
    if (!file.ok()) return file.status();
    return DocumentReader::Open(input->file, *std::move(file), options);
  }

  // Opens what is at hand once, to know what it is.
  absl::Status Add(InputFile file) {
    absl::StatusOr<OpenedInput> input = OpenInput(file);
    if (!input.ok()) return input.status();
    if (!input->is_pipe) {
      const absl::StatusOr<DocumentReader> opened = OpenReader(&*input);
      if (!opened.ok()) return LeaveOutIfNoText(opened.status());
      input->file.format = opened->is_json_lines() ? InputFormat::kJsonLines : InputFormat::kText;
    }
    files.push_back(std::move(file));
    inputs.push_back(*std::move(input));
    return absl::OkStatus();
  }

  // An error if --field was given and no input is JSON Lines; a pipe tells when it is read.
  absl::Status CheckFieldIsUsed() const {
    const bool may_use = std::any_of(inputs.begin(), inputs.end(), [](const OpenedInput& input) {
      return input.is_pipe || input.file.format == InputFormat::kJsonLines;
    });
    if (!options.field_is_stated || may_use || inputs.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("--field is for JSON Lines, and ", DisplayName(files[0].path),
                     files.size() > 1 ? ", as all inputs, " : " ",
                     "is read as text; leave it out, or say --input-format jsonl"));
  }

  absl::Status LeaveOutIfNoText(const absl::Status& status) {
    if (!options.skip_bad || !absl::IsInvalidArgument(status)) return status;
    notes.LeaveOut(std::string(status.message()));
    return absl::OkStatus();
  }

  absl::Status OpenNext() {
    absl::StatusOr<DocumentReader> opened = OpenReader(&inputs[next]);
    if (!opened.ok()) {
      ++next;
      return LeaveOutIfNoText(opened.status());
    }
    reader.emplace(*std::move(opened));
    ++next;
    return absl::OkStatus();
  }

  // Whether the current input would have to be waited for.
  absl::StatusOr<bool> MustWait() {
    if (!options.answer_pipes || !inputs[next - 1].is_pipe) return false;
    absl::StatusOr<bool> ready = reader->Ready();
    if (ready.ok()) *ready = !*ready;
    return ready;
  }
};

Corpus::Corpus() : impl_(std::make_unique<Impl>()) {}
Corpus::~Corpus() = default;

absl::StatusOr<std::unique_ptr<Corpus>> Corpus::Open(std::vector<InputFile> files,
                                                     CorpusOptions options, InputNotes notes) {
  return CatchExceptions(
      [&] { return OpenAll(std::move(files), std::move(options), std::move(notes)); });
}

absl::StatusOr<std::unique_ptr<Corpus>> Corpus::OpenAll(std::vector<InputFile> files,
                                                        CorpusOptions options, InputNotes notes) {
  if (options.unit == DocumentUnit::kSeparator && options.separator.empty()) {
    return absl::InvalidArgumentError("the document separator is empty");
  }
  std::unique_ptr<Corpus> corpus(new Corpus());
  corpus->impl_->options = std::move(options);
  corpus->impl_->notes = std::move(notes);
  for (InputFile& file : files) {
    if (absl::Status status = corpus->impl_->Add(std::move(file)); !status.ok()) return status;
  }
  corpus->impl_->notes_of_files = corpus->impl_->notes;
  const InputNotes& left = corpus->impl_->notes;
  if (corpus->impl_->inputs.empty() && left.left_out > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("nothing is left to read: ", left.first_left_out[0]));
  }
  if (absl::Status status = corpus->impl_->CheckFieldIsUsed(); !status.ok()) return status;
  return corpus;
}

absl::Status Corpus::Read(std::int64_t max_bytes, std::vector<std::string>* documents) {
  documents->clear();
  impl_->file_indices.clear();
  return CatchExceptions([&] {
    std::vector<DocumentPart> parts;
    absl::Status status = ReadParts(max_bytes, &parts);
    for (DocumentPart& part : parts) {
      documents->push_back(std::move(part.text));
      impl_->file_indices.push_back(part.file);
    }
    return status;
  });
}

absl::Status Corpus::ReadParts(std::int64_t max_bytes, std::vector<DocumentPart>* parts) {
  parts->clear();
  return CatchExceptions([&] { return ReadMore(max_bytes, parts); });
}

absl::Status Corpus::ReadMore(std::int64_t max_bytes, std::vector<DocumentPart>* parts) {
  std::int64_t bytes = 0;
  while (parts->empty() || bytes < max_bytes) {
    if (!impl_->reader) {
      if (impl_->next == impl_->inputs.size()) break;
      const std::int64_t weight = impl_->inputs[impl_->next].file.weight;
      if (!parts->empty() && weight != impl_->weight) break;
      impl_->weight = weight;
      if (absl::Status status = impl_->OpenNext(); !status.ok()) return status;
      continue;
    }
    if (!parts->empty()) {
      const absl::StatusOr<bool> must_wait = impl_->MustWait();
      if (!must_wait.ok()) return must_wait.status();
      if (*must_wait) break;
    }
    DocumentPart part;
    const absl::StatusOr<bool> more = impl_->reader->Next(&part, &impl_->notes);
    if (!more.ok()) return more.status();
    if (!*more) {
      impl_->finished += impl_->reader->consumed();
      impl_->reader.reset();
      continue;
    }
    if (part.begins_document) impl_->is_wanted = impl_->options.shard.Holds(impl_->met++);
    if (!impl_->is_wanted) continue;
    bytes += kDocumentOverhead + static_cast<std::int64_t>(part.text.size());
    if (part.begins_document) ++impl_->documents;
    part.file = impl_->next - 1;
    parts->push_back(std::move(part));
  }
  return absl::OkStatus();
}

absl::Status Corpus::Rewind() {
  for (std::size_t i = 0; i < impl_->next; ++i) {
    if (impl_->inputs[i].is_pipe) {
      return absl::FailedPreconditionError(
          absl::StrCat(DisplayName(impl_->files[i].path), " is a pipe and cannot be read again"));
    }
  }
  impl_->reader.reset();
  impl_->next = 0;
  impl_->finished = 0;
  impl_->documents = 0;
  impl_->met = 0;
  impl_->notes = impl_->notes_of_files;
  return absl::OkStatus();
}

std::int64_t Corpus::documents() const { return impl_->documents; }
std::int64_t Corpus::weight() const { return impl_->weight; }
std::int64_t Corpus::unit() const { return impl_->options.weight_unit; }

absl::Span<const std::size_t> Corpus::inputs() const { return impl_->file_indices; }
std::string Corpus::input_name(std::size_t input) const {
  return DisplayName(impl_->files[input].path);
}

std::string Corpus::identity() const {
  const CorpusOptions& options = impl_->options;
  std::string text = absl::StrCat("unit ", static_cast<int>(options.unit), " ", options.separator,
                                  " field ", options.field, " 1/", options.weight_unit,
                                  options.skip_bad ? " skip bad" : "", "\n");
  if (options.shard.count > 1) {
    absl::StrAppend(&text, "shard ", options.shard.index, " of ", options.shard.count, "\n");
  }
  for (const OpenedInput& input : impl_->inputs) {
    absl::StrAppend(&text, input.file.path, " ", input.size, " ",
                    input.file.format == InputFormat::kJsonLines ? 1 : 0, " ", input.file.weight,
                    "\n");
  }
  return text;
}

std::int64_t Corpus::consumed() const {
  return impl_->finished + (impl_->reader ? impl_->reader->consumed() : 0);
}

std::int64_t Corpus::total() const {
  std::int64_t total = 0;
  for (const OpenedInput& input : impl_->inputs) {
    if (input.is_pipe) return 0;
    total += input.size;
  }
  return total;
}

const std::vector<InputFile>& Corpus::files() const { return impl_->files; }

const InputNotes& Corpus::notes() const { return impl_->notes; }

bool Corpus::has_pipe() const {
  return std::any_of(impl_->inputs.begin(), impl_->inputs.end(),
                     [](const OpenedInput& input) { return input.is_pipe; });
}

}  // namespace bytepiece::inline v0
