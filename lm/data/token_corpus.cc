// SPDX-License-Identifier: Apache-2.0
#include "lm/data/token_corpus.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/io/mapped_file.h"
#include "bytepiece/token_files/megatron_index.h"

namespace bytepiece::lm {
namespace {

class HeldCorpus : public TokenCorpus {
 public:
  explicit HeldCorpus(TokenBatch documents) : ids_(std::move(documents.ids)) {
    for (std::size_t i = 0; i + 1 < documents.offsets.size(); ++i) {
      if (documents.offsets[i + 1] > documents.offsets[i]) {
        ends_.push_back(documents.offsets[i + 1]);
      }
    }
  }

 private:
  TokenId At(std::int64_t position) const override {
    return ids_[static_cast<std::size_t>(position)];
  }

  std::vector<TokenId> ids_;
};

class MappedCorpus : public TokenCorpus {
 public:
  // The ids stand in the file from `offset` on.
  MappedCorpus(MappedFile file, std::size_t offset, TokenType type)
      : file_(std::move(file)), offset_(offset), type_(type) {}

  std::int64_t CountIds() const {
    return static_cast<std::int64_t>(file_.bytes().size() - offset_) / TokenTypeSize(type_);
  }

  // Documents that end with <eos>, or with the file.
  void EndAtEos() {
    const std::int64_t count = CountIds();
    for (std::int64_t i = 0; i < count; ++i) {
      if (At(i) == kEosId || i + 1 == count) ends_.push_back(i + 1);
    }
  }

  void EndAt(std::vector<std::int64_t> ends) { ends_ = std::move(ends); }

  absl::Status Check(const std::string& path, std::int64_t vocab_size) const {
    if (tokens() == 0) return absl::InvalidArgumentError(path + " holds no ids");
    for (std::int64_t i = 0; i < tokens(); ++i) {
      const TokenId id = At(i);
      if (id >= 0 && id < vocab_size) continue;
      return absl::OutOfRangeError(absl::StrCat(path, ": id ", id, " at position ", i,
                                                " is outside the vocabulary of ", vocab_size,
                                                "; was it encoded with this tokenizer?"));
    }
    return absl::OkStatus();
  }

 private:
  TokenId At(std::int64_t position) const override {
    return UnpackToken(type_, file_.bytes().data() + offset_ +
                                  static_cast<std::size_t>(position * TokenTypeSize(type_)));
  }

  MappedFile file_;
  std::size_t offset_;
  TokenType type_;
};

absl::Status Damaged(const std::string& path, const std::string& cause) {
  return absl::DataLossError(path + ": " + cause);
}

using CorpusOr = absl::StatusOr<std::shared_ptr<MappedCorpus>>;

CorpusOr MapNpy(const std::string& path) {
  absl::StatusOr<MappedFile> file = MappedFile::Open(path);
  if (!file.ok()) return file.status();
  const std::string_view bytes = file->bytes();
  const absl::StatusOr<std::size_t> rest = NpyHeaderRest(bytes.substr(0, kNpyPreambleSize));
  if (!rest.ok()) return Damaged(path, std::string(rest.status().message()));
  const std::size_t offset = kNpyPreambleSize + *rest;
  if (bytes.size() < offset) return Damaged(path, "truncated within its header");
  const absl::StatusOr<NpyInfo> info = ParseNpyHeader(bytes.substr(kNpyPreambleSize, *rest));
  if (!info.ok()) return Damaged(path, std::string(info.status().message()));
  const auto expected = static_cast<std::size_t>(info->count * TokenTypeSize(info->type));
  if (bytes.size() - offset != expected) {
    return Damaged(path, "holds another number of ids than its header announces");
  }
  auto corpus = std::make_shared<MappedCorpus>(*std::move(file), offset, info->type);
  corpus->EndAtEos();
  return corpus;
}

CorpusOr MapBin(const std::string& path, TokenType type) {
  absl::StatusOr<MappedFile> file = MappedFile::Open(path);
  if (!file.ok()) return file.status();
  if (file->bytes().size() % static_cast<std::size_t>(TokenTypeSize(type)) != 0) {
    return Damaged(path, "ends within an id");
  }
  auto corpus = std::make_shared<MappedCorpus>(*std::move(file), 0, type);
  corpus->EndAtEos();
  return corpus;
}

CorpusOr MapMegatron(std::string prefix) {
  if (prefix.ends_with(".bin") || prefix.ends_with(".idx")) prefix.resize(prefix.size() - 4);
  const absl::StatusOr<std::string> bytes = ReadFile(prefix + ".idx");
  if (!bytes.ok()) return bytes.status();
  const absl::StatusOr<MegatronIndex> index = ParseMegatronIndex(*bytes);
  if (!index.ok()) return Damaged(prefix + ".idx", std::string(index.status().message()));
  absl::StatusOr<MappedFile> file = MappedFile::Open(prefix + ".bin");
  if (!file.ok()) return file.status();
  std::vector<std::int64_t> ends;
  std::int64_t position = 0;
  for (std::size_t document = 0; document + 1 < index->document_starts.size(); ++document) {
    const std::int64_t begin = position;
    for (std::int64_t s = index->document_starts[document];
         s < index->document_starts[document + 1]; ++s) {
      position += index->lengths[static_cast<std::size_t>(s)];
    }
    if (position > begin) ends.push_back(position);
  }
  auto corpus = std::make_shared<MappedCorpus>(*std::move(file), 0, index->type);
  if (corpus->CountIds() != position) {
    return Damaged(prefix + ".bin", "holds another number of ids than its index announces");
  }
  corpus->EndAt(std::move(ends));
  return corpus;
}

CorpusOr Map(const std::string& path, TokenFormat format, std::int64_t vocab_size) {
  switch (format) {
    case TokenFormat::kNpy:
      return MapNpy(path);
    case TokenFormat::kBin:
      return MapBin(path, NarrowestTokenType(format, vocab_size));
    case TokenFormat::kMegatron:
      return MapMegatron(path);
    case TokenFormat::kIds:
    case TokenFormat::kPieces:
    case TokenFormat::kJsonLines:
      break;
  }
  return absl::InvalidArgumentError(path + ": only npy, bin and megatron files can be mapped");
}

}  // namespace

void TokenCorpus::Read(std::int64_t document, std::int64_t from, std::int64_t to,
                       std::vector<TokenId>* ids) const {
  ids->clear();
  for (std::int64_t i = from; i < to; ++i) ids->push_back(At(begin(document) + i));
}

std::shared_ptr<const TokenCorpus> HoldBatch(TokenBatch documents) {
  return std::make_shared<HeldCorpus>(std::move(documents));
}

std::shared_ptr<const TokenCorpus> HoldTokens(const std::vector<std::vector<TokenId>>& documents) {
  TokenBatch batch;
  for (const std::vector<TokenId>& document : documents) {
    batch.ids.insert(batch.ids.end(), document.begin(), document.end());
    batch.offsets.push_back(static_cast<std::int64_t>(batch.ids.size()));
  }
  return HoldBatch(std::move(batch));
}

absl::StatusOr<std::shared_ptr<const TokenCorpus>> MapTokens(const std::string& path,
                                                             TokenFormat format,
                                                             std::int64_t vocab_size) {
  CorpusOr corpus = Map(path, format, vocab_size);
  if (!corpus.ok()) return corpus.status();
  if (absl::Status status = (*corpus)->Check(path, vocab_size); !status.ok()) return status;
  return *corpus;
}

}  // namespace bytepiece::lm
