// SPDX-License-Identifier: Apache-2.0
// Files of text into files of ids, and the readers and writers by themselves.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bytepiece/batch.h"
#include "bytepiece/token_files/token_writer.h"
#include "python/core/arrays.h"
#include "python/core/bound_tokenizer.h"
#include "python/core/corpus_of_paths.h"
#include "python/core/errors.h"
#include "python/core/python_progress.h"

namespace bytepiece {
namespace {

using nb::literals::operator""_a;

// Read, and so encoded, at once.
constexpr std::int64_t kBatchBytes = std::int64_t{8} << 20;

TokenFormat TokenFormatOf(const std::string& name) {
  if (name == "npy") return TokenFormat::kNpy;
  if (name == "bin") return TokenFormat::kBin;
  if (name == "megatron") return TokenFormat::kMegatron;
  if (name == "jsonl") return TokenFormat::kJsonLines;
  throw nb::value_error(
      ("format is \"" + name + "\"; choose from npy, bin, megatron, jsonl, parquet").c_str());
}

// A writer with the tokenizer it refers to.
class BoundWriter {
 public:
  BoundWriter(const BoundTokenizer& tokenizer, const std::string& path, const std::string& format)
      : tokenizer_(tokenizer.tokenizer()) {
    TokenWriterOptions options;
    options.format = TokenFormatOf(format);
    writer_ = ValueOrThrow(TokenWriter::Create(path, options, &tokenizer_));
  }

  // A document for each row.
  void Append(nb::handle ids, InArray<std::int64_t> offsets) {
    const std::vector<TokenId> tokens = IdsOf(ids);
    absl::Status status;
    {
      nb::gil_scoped_release release;
      for (std::size_t row = 0; row + 1 < offsets.size() && status.ok(); ++row) {
        const std::int64_t begin = offsets.data()[row];
        status = writer_->Append(
            absl::MakeSpan(tokens).subspan(begin, offsets.data()[row + 1] - begin), {});
      }
    }
    ThrowIfError(status);
  }
  void Commit() { ThrowIfError(writer_->Commit()); }
  TokenWriter* writer() { return writer_.get(); }

 private:
  const Tokenizer tokenizer_;
  std::unique_ptr<TokenWriter> writer_;
};

struct Totals {
  std::int64_t documents = 0;
  std::int64_t bytes = 0;
  std::int64_t tokens = 0;
};

absl::Status Write(const std::vector<DocumentPart>& parts, const TokenBatch& batch,
                   TokenWriter* writer, Totals* totals) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    absl::Status status = writer->Append(batch.ids_of(i), {}, parts[i].ends_document);
    if (!status.ok()) return status;
    totals->documents += parts[i].begins_document ? 1 : 0;
    totals->bytes += static_cast<std::int64_t>(parts[i].text.size());
  }
  totals->tokens += static_cast<std::int64_t>(batch.ids.size());
  return absl::OkStatus();
}

// While one batch is encoded and written, the next is read.
absl::Status EncodeAll(Corpus* corpus, const EncodeOptions& options, BatchEncoder* encoder,
                       TokenWriter* writer, ProgressSink* progress, Totals* totals) {
  std::vector<DocumentPart> parts;
  absl::Status status = corpus->ReadParts(kBatchBytes, &parts);
  while (status.ok() && !parts.empty()) {
    std::vector<DocumentPart> ahead;
    const std::int64_t consumed = corpus->consumed();
    std::future<absl::Status> read = std::async(std::launch::async | std::launch::deferred, [&] {
      return corpus->ReadParts(kBatchBytes, &ahead);
    });
    std::vector<TextPart> texts;
    for (const DocumentPart& part : parts) {
      texts.push_back({part.text, 0, part.begins_document, part.ends_document});
    }
    TokenBatch batch;
    status = encoder->EncodeParts(texts, options, /*with_spans=*/false, &batch);
    if (!status.ok()) {
      const std::size_t failed = parts[encoder->failed_document()].file;
      status = absl::Status(status.code(),
                            corpus->files()[failed].path + ": " + std::string(status.message()));
    }
    if (status.ok()) status = Write(parts, batch, writer, totals);
    const bool go_on = progress->Update({1, 1, "encoding", consumed, corpus->total(), "bytes"});
    status.Update(read.get());
    if (status.ok() && !go_on) status = absl::CancelledError("stopped on request");
    parts = std::move(ahead);
  }
  return status;
}

// (documents, bytes, tokens, notes)
nb::tuple EncodePaths(BoundTokenizer* self, const std::vector<std::string>& paths, nb::dict reading,
                      BoundWriter* writer, int threads, bool bos, bool eos, nb::handle policy,
                      nb::handle allow, nb::object progress) {
  const EncodeOptions options = EncodeOptionsOf(self->tokenizer(), bos, eos, policy, allow);
  // A special token may stand across any place where text could be cut.
  const bool may_cut =
      options.special_tokens == SpecialTokenPolicy::kPlainText && options.allow_special.empty();
  if (may_cut) reading["part_bytes"] = std::size_t{1} << 20;
  reading["keep_byte_order_mark"] = self->tokenizer().normalization() == Normalization::kNone;
  const std::unique_ptr<Corpus> corpus = CorpusOfPaths(paths, reading);
  KeptException kept;
  PythonProgress sink(std::move(progress), &kept);
  Totals totals;
  absl::Status status;
  self->WithEncoder(threads, [&](BatchEncoder* encoder) {
    nb::gil_scoped_release release;
    status = EncodeAll(corpus.get(), options, encoder, writer->writer(), &sink, &totals);
    if (status.ok()) status = writer->writer()->Commit();
  });
  kept.Rethrow();
  ThrowIfError(status);
  return nb::make_tuple(totals.documents, totals.bytes, totals.tokens, NotesOf(*corpus));
}

// Whole documents as bytes; none at the end.
nb::list ReadDocuments(Corpus* corpus, std::int64_t max_bytes) {
  std::vector<std::string> documents;
  absl::Status status;
  {
    nb::gil_scoped_release release;
    status = corpus->Read(max_bytes, &documents);
  }
  ThrowIfError(status);
  nb::list list;
  for (const std::string& document : documents) {
    list.append(nb::bytes(document.data(), document.size()));
  }
  return list;
}

nb::list ResolvedPaths(const std::vector<std::string>& paths) {
  nb::list list;
  for (const InputFile& file : ValueOrThrow(ResolveInputs(paths))) {
    list.append(nb::make_tuple(file.path, file.relative));
  }
  return list;
}

}  // namespace

void BindFiles(nb::module_* module) {
  nb::class_<BoundWriter>(*module, "TokenWriter")
      .def(nb::init<const BoundTokenizer&, const std::string&, const std::string&>(), "tokenizer"_a,
           "path"_a, "format"_a)
      .def("append", &BoundWriter::Append, nb::lock_self(), "ids"_a, "offsets"_a)
      .def("commit", &BoundWriter::Commit, nb::lock_self());
  nb::class_<Corpus>(*module, "Corpus")
      .def(nb::new_([](const std::vector<std::string>& paths, nb::dict options) {
             return CorpusOfPaths(paths, options);
           }),
           "paths"_a, "options"_a)
      .def("read", &ReadDocuments, nb::lock_self(), "max_bytes"_a,
           nb::sig("def read(self, max_bytes: int) -> list[bytes]"))
      .def("notes", &NotesOf, nb::lock_self())
      .def_prop_ro("consumed", [](const Corpus& self) { return self.consumed(); })
      .def_prop_ro("total", [](const Corpus& self) { return self.total(); });
  module->def("encode_paths", &EncodePaths, "tokenizer"_a, "paths"_a, "reading"_a, "writer"_a,
              "threads"_a, "bos"_a, "eos"_a, "special_tokens"_a, "allow"_a.none(),
              "progress"_a.none());
  module->def("resolve_paths", &ResolvedPaths, "paths"_a,
              nb::sig("def resolve_paths(paths: collections.abc.Sequence[str]) -> "
                      "list[tuple[str, str]]"));
}

}  // namespace bytepiece
