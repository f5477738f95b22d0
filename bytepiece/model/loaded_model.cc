// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/loaded_model.h"

#include <utility>

#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/model/compiled_file.h"
#include "bytepiece/model/compiled_model.h"
#include "bytepiece/model/model_io.h"

namespace bytepiece {

absl::StatusOr<LoadedModel> LoadedModel::Load(const std::string& path, bool trusts_tables) {
  // A file that cannot be mapped, a pipe for one, is read.
  absl::StatusOr<LoadedModel> mapped = CatchExceptions([&]() -> absl::StatusOr<LoadedModel> {
    absl::StatusOr<MappedFile> file = MappedFile::Open(path);
    if (!file.ok()) return file.status();
    if (!trusts_tables || !IsCompiledFile(file->bytes())) {
      return absl::InvalidArgumentError("no tables to be mapped");
    }
    absl::StatusOr<LoadedModel> loaded = FromCompiled(file->bytes());
    if (loaded.ok()) loaded->file_ = std::make_unique<MappedFile>(*std::move(file));
    return loaded;
  });
  if (mapped.ok()) return mapped;
  absl::StatusOr<Model> model = ReadModelFile(path);
  if (!model.ok()) return model.status();
  return FromValid(*std::move(model));
}

absl::StatusOr<LoadedModel> LoadedModel::FromBytes(std::string_view bytes, bool trusts_tables) {
  if (trusts_tables && IsCompiledFile(bytes)) {
    auto copy = std::make_unique<LargeVector<char>>(bytes.begin(), bytes.end());
    absl::StatusOr<LoadedModel> loaded = FromCompiled({copy->data(), copy->size()});
    if (loaded.ok()) {
      loaded->copy_ = std::move(copy);
      return loaded;
    }
  }
  absl::StatusOr<Model> model = ModelFromBytes(bytes);
  if (!model.ok()) return model.status();
  return FromValid(*std::move(model));
}

// `bytes` must stay for as long as the result.
absl::StatusOr<LoadedModel> LoadedModel::FromCompiled(std::string_view bytes) {
  absl::StatusOr<CompiledModel> compiled = OpenCompiledModel(bytes);
  if (!compiled.ok()) return compiled.status();
  LoadedModel loaded(Vocabulary(std::move(compiled->vocabulary)));
  loaded.normalization_ = compiled->normalization;
  loaded.lazy_->bytes = compiled->model_bytes;
  absl::Status status = loaded.MakeSpecialTokens(compiled->special_tokens);
  if (!status.ok()) return status;
  return loaded;
}

absl::StatusOr<LoadedModel> LoadedModel::FromValid(Model model) {
  return CatchExceptions([&]() -> absl::StatusOr<LoadedModel> {
    absl::StatusOr<Vocabulary> vocabulary = Vocabulary::CreateFromValid(model);
    if (!vocabulary.ok()) return vocabulary.status();
    LoadedModel loaded(*std::move(vocabulary));
    loaded.normalization_ = model.normalization;
    absl::Status status = loaded.MakeSpecialTokens(model.special_tokens);
    if (!status.ok()) return status;
    loaded.lazy_->model = std::move(model);
    return loaded;
  });
}

absl::Status LoadedModel::MakeSpecialTokens(absl::Span<const SpecialToken> tokens) {
  absl::StatusOr<SpecialTokens> made = SpecialTokens::Create(tokens, vocabulary_.end_of_pieces());
  if (!made.ok()) return made.status();
  special_tokens_ = std::make_unique<SpecialTokens>(*std::move(made));
  return absl::OkStatus();
}

const Model& LoadedModel::model() const {
  std::call_once(lazy_->once, [this] {
    if (lazy_->bytes.empty()) return;
    absl::StatusOr<Model> model = ParseModel(lazy_->bytes);
    if (model.ok()) lazy_->model = *std::move(model);
  });
  return lazy_->model;
}

}  // namespace bytepiece
