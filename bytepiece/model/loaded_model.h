// SPDX-License-Identifier: Apache-2.0
// All that a model file gives a tokenizer, whatever the format: tables made of the
// model, or those of a compiled file (compiled_model.h).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "bytepiece/base/large_pages.h"
#include "bytepiece/io/mapped_file.h"
#include "bytepiece/model/model.h"
#include "bytepiece/model/special_tokens.h"
#include "bytepiece/model/vocabulary.h"

namespace bytepiece {

// Immutable; safe to share between threads.
class LoadedModel {
 public:
  // A file or bytes of any format. If `trusts_tables`, those of a compiled model are taken as they
  // are, unless they are damaged or not for this program; else the model in it is made ready anew,
  // like any other. Load maps the file, FromBytes copies what it keeps. Errors of Load name the
  // path.
  static absl::StatusOr<LoadedModel> Load(const std::string& path, bool trusts_tables);
  static absl::StatusOr<LoadedModel> FromBytes(std::string_view bytes, bool trusts_tables);

  // The model must have passed ValidateModel.
  static absl::StatusOr<LoadedModel> FromValid(Model model);

  Normalization normalization() const { return normalization_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  const SpecialTokens& special_tokens() const { return *special_tokens_; }

  // The model of a compiled file is only parsed when first asked for. (If somebody forged
  // the file, it may be no model; it is empty then.)
  const Model& model() const;

  // Whether the tables are a compiled model's.
  bool is_compiled() const { return file_ != nullptr || copy_ != nullptr; }

 private:
  struct Lazy {
    std::string_view bytes;  // to parse; empty: done
    std::once_flag once;
    Model model;
  };

  explicit LoadedModel(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}
  static absl::StatusOr<LoadedModel> FromCompiled(std::string_view bytes);
  absl::Status MakeSpecialTokens(absl::Span<const SpecialToken> tokens);

  // The memory in which the vocabulary's tables lie: one of these two, or neither.
  std::unique_ptr<MappedFile> file_;
  std::unique_ptr<LargeVector<char>> copy_;
  Normalization normalization_ = Normalization::kNone;
  Vocabulary vocabulary_;
  std::unique_ptr<SpecialTokens> special_tokens_;
  std::unique_ptr<Lazy> lazy_ = std::make_unique<Lazy>();
};

}  // namespace bytepiece
