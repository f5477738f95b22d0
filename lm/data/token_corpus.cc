// SPDX-License-Identifier: Apache-2.0
#include "lm/data/token_corpus.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/mapped_file.h"
#include "bytepiece/token_files/token_reader.h"

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
  MappedCorpus(MappedFile file, const PackedIdsPlace& place, std::vector<std::int64_t> ends)
      : file_(std::move(file)), offset_(place.offset), type_(place.type) {
    ends_ = std::move(ends);
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

// Reads all of a file of ids: where its documents end, none of them empty. Error: an id outside
// the vocabulary, or none at all.
absl::StatusOr<std::vector<std::int64_t>> FindEnds(const std::string& path, std::int64_t vocab_size,
                                                   TokenReader* reader) {
  std::vector<std::int64_t> ends;
  std::int64_t position = 0;
  std::vector<TokenId> ids;
  for (;;) {
    bool ends_document = false;
    const absl::StatusOr<bool> more = reader->Next(&ids, &ends_document);
    if (!more.ok()) return more.status();
    if (!*more) break;
    for (const TokenId id : ids) {
      if (id < 0 || id >= vocab_size) {
        return absl::OutOfRangeError(absl::StrCat(path, ": id ", id, " at position ", position,
                                                  " is outside the vocabulary of ", vocab_size,
                                                  "; was it encoded with this tokenizer?"));
      }
      ++position;
    }
    if (ends_document && position > (ends.empty() ? 0 : ends.back())) ends.push_back(position);
  }
  if (ends.empty()) return absl::InvalidArgumentError(path + " holds no ids");
  return ends;
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
  const TokenReaderOptions options = {.format = format,
                                      .type = NarrowestTokenType(format, vocab_size)};
  const absl::StatusOr<std::unique_ptr<TokenReader>> reader =
      TokenReader::Open(path, options, /*tokenizer=*/nullptr);
  if (!reader.ok()) return reader.status();
  const std::optional<PackedIdsPlace> place = (*reader)->packed();
  if (!place) {
    return absl::InvalidArgumentError(path + ": only npy, bin and megatron files can be mapped");
  }
  absl::StatusOr<std::vector<std::int64_t>> ends = FindEnds(path, vocab_size, reader->get());
  if (!ends.ok()) return ends.status();
  absl::StatusOr<MappedFile> file = MappedFile::Open(place->path);
  if (!file.ok()) return file.status();
  if (file->bytes().size() !=
      place->offset + static_cast<std::size_t>(ends->back() * TokenTypeSize(place->type))) {
    return absl::DataLossError(place->path + " has changed while it was read");
  }
  return std::make_shared<MappedCorpus>(*std::move(file), *place, *std::move(ends));
}

}  // namespace bytepiece::lm
