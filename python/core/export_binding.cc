// SPDX-License-Identifier: Apache-2.0
// Models as other libraries read them.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "bytepiece/export/huggingface.h"
#include "bytepiece/export/sentencepiece.h"
#include "bytepiece/io/atomic_file.h"
#include "python/core/bound_tokenizer.h"
#include "python/core/errors.h"

namespace bytepiece {
namespace {

using nb::literals::operator""_a;

// What whoever uses the files should know.
std::vector<std::string> ExportHuggingFace(const Model& model, const std::string& folder,
                                           const std::string& chat_template, bool javascript) {
  absl::Status status;
  {
    nb::gil_scoped_release release;
    status = WriteHuggingFace(model, folder,
                              {.chat_template = chat_template, .for_javascript = javascript});
  }
  ThrowIfError(status);
  return HuggingFaceNotes(model);
}

std::vector<std::string> ExportSentencePiece(const Model& model, const std::string& path) {
  absl::StatusOr<SentencePieceModel> exported = SentencePieceModel();
  {
    nb::gil_scoped_release release;
    exported = ToSentencePiece(model);
  }
  const SentencePieceModel made = ValueOrThrow(std::move(exported));
  ThrowIfError(WriteFile(path, made.bytes));
  return SentencePieceNotes(model, made);
}

}  // namespace

void BindExports(nb::module_* module) {
  module->def("export_huggingface", &ExportHuggingFace, "model"_a, "folder"_a, "chat_template"_a,
              "javascript"_a);
  module->def("export_sentencepiece", &ExportSentencePiece, "model"_a, "path"_a);
}

}  // namespace bytepiece
