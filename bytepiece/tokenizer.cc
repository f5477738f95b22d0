// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/tokenizer.h"

#include <algorithm>
#include <cstddef>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/encoding/tokenizer_parts.h"
#include "bytepiece/model/loaded_model.h"
#include "bytepiece/text/normalizer.h"

namespace bytepiece::inline v0 {
namespace {

absl::StatusOr<std::shared_ptr<const TokenizerParts>> MakeParts(
    absl::StatusOr<LoadedModel> model, std::optional<Normalization> normalization) {
  if (!model.ok()) return model.status();
  if (absl::Status status = CheckNormalizer(); !status.ok()) return status;
  const Normalization form = normalization.value_or(model->normalization());
  return CatchExceptions([&]() -> absl::StatusOr<std::shared_ptr<const TokenizerParts>> {
    return std::make_shared<const TokenizerParts>(*std::move(model), form);
  });
}

// Appends what an id that is no piece stands for. False if there is no such id.
bool AppendSpecial(const SpecialTokens& tokens, TokenId id, const DecodeOptions& options,
                   std::string* bytes) {
  const std::string* const text = tokens.Text(id);
  if (text == nullptr) return false;
  if (tokens.IsControl(id) ? options.control_tokens : options.special_tokens) bytes->append(*text);
  return true;
}

absl::StatusOr<std::string> DecodeAll(const TokenizerParts& parts, absl::Span<const TokenId> ids,
                                      const DecodeOptions& options) {
  const PieceTable::View pieces = parts.pieces().view();
  const auto num_pieces = static_cast<std::uint32_t>(parts.pieces().size());
  // Below num_pieces for pieces alone.
  const auto index_of = [](TokenId id) {
    return static_cast<std::uint32_t>(id) - static_cast<std::uint32_t>(kFirstPieceId);
  };
  std::string special;  // by turns, what an id that is no piece stands for
  std::size_t size = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (const std::uint32_t piece = index_of(ids[i]); piece < num_pieces) {
      size += pieces[piece].size();
      continue;
    }
    special.clear();
    if (!AppendSpecial(parts.special_tokens(), ids[i], options, &special)) {
      return absl::OutOfRangeError(absl::StrCat("id ", ids[i], " at position ", i,
                                                " is outside the vocabulary of ",
                                                parts.vocabulary().size()));
    }
    size += special.size();
  }
  std::string bytes(size + PieceTable::kCopySlack, '\0');
  char* out = bytes.data();
  for (const TokenId id : ids) {
    if (const std::uint32_t piece = index_of(id); piece < num_pieces) {
      out += pieces.Copy(piece, out);
      continue;
    }
    special.clear();
    AppendSpecial(parts.special_tokens(), id, options, &special);
    out = std::copy(special.begin(), special.end(), out);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

absl::StatusOr<Tokenizer> Tokenizer::Load(const std::string& path, const LoadOptions& options) {
  const bool trusted = options.trust == ModelTrust::kTrusted;
  auto parts = MakeParts(LoadedModel::Load(path, trusted), options.normalization);
  if (!parts.ok()) return parts.status();
  return Tokenizer(*std::move(parts));
}

absl::StatusOr<Tokenizer> Tokenizer::FromBytes(std::string_view bytes, const LoadOptions& options) {
  const bool trusted = options.trust == ModelTrust::kTrusted;
  auto parts = MakeParts(LoadedModel::FromBytes(bytes, trusted), options.normalization);
  if (!parts.ok()) return parts.status();
  return Tokenizer(*std::move(parts));
}

absl::StatusOr<Tokenizer> Tokenizer::Create(Model model,
                                            std::optional<Normalization> normalization) {
  absl::Status status = CatchExceptions([&] { return ValidateModel(model); });
  if (!status.ok()) return status;
  auto parts = MakeParts(LoadedModel::FromValid(std::move(model)), normalization);
  if (!parts.ok()) return parts.status();
  return Tokenizer(*std::move(parts));
}

Tokenizer::Tokenizer(std::shared_ptr<const TokenizerParts> parts) : parts_(std::move(parts)) {}

absl::StatusOr<std::string> Tokenizer::ToBytes(ModelFormat format) const {
  return CatchExceptions([&] { return ModelToBytes(model(), format); });
}

Worker Tokenizer::NewWorker() const { return Worker(parts_); }

std::vector<TokenId> Tokenizer::Encode(std::string_view text) const {
  std::vector<TokenId> ids;
  // Plain text fails for no other reason.
  if (!NewWorker().Encode(text, EncodeOptions{}, &ids).ok()) throw std::bad_alloc();
  return ids;
}

absl::StatusOr<std::vector<TokenId>> Tokenizer::Encode(std::string_view text,
                                                       const EncodeOptions& options) const {
  return CatchExceptions([&]() -> absl::StatusOr<std::vector<TokenId>> {
    std::vector<TokenId> ids;
    if (absl::Status status = NewWorker().Encode(text, options, &ids); !status.ok()) return status;
    return ids;
  });
}

absl::StatusOr<std::string> Tokenizer::Decode(absl::Span<const TokenId> ids,
                                              const DecodeOptions& options) const {
  return CatchExceptions([&] { return DecodeAll(*parts_, ids, options); });
}

bool Tokenizer::AppendDecoded(TokenId id, const DecodeOptions& options, std::string* bytes) const {
  if (!parts_->vocabulary().IsPiece(id)) {
    return AppendSpecial(parts_->special_tokens(), id, options, bytes);
  }
  bytes->append(parts_->pieces()[id - kFirstPieceId]);
  return true;
}

TokenId Tokenizer::TokenToId(std::string_view token) const {
  const TokenId special = parts_->special_tokens().IdOfAny(token);
  return special >= 0 ? special : parts_->vocabulary().FindPiece(token);
}

std::optional<std::string_view> Tokenizer::IdToToken(TokenId id) const {
  if (parts_->vocabulary().IsPiece(id)) return parts_->pieces()[id - kFirstPieceId];
  const std::string* const text = parts_->special_tokens().Text(id);
  if (text == nullptr) return std::nullopt;
  return *text;
}

const Vocabulary& Tokenizer::vocabulary() const { return parts_->vocabulary(); }
const Model& Tokenizer::model() const { return parts_->model().model(); }
Normalization Tokenizer::normalization() const { return parts_->normalization(); }
bool Tokenizer::is_compiled() const { return parts_->model().is_compiled(); }

}  // namespace bytepiece::inline v0
