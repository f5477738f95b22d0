// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/token_files/token_writer.h"

#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/io/spilled_bytes.h"
#include "bytepiece/token_files/megatron_index.h"
#include "bytepiece/token_files/piece_text.h"

namespace bytepiece::inline v0 {
namespace {

// The formats with a line a document.
class LineWriter : public TokenWriter {
 public:
  LineWriter(AtomicFile file, const TokenWriterOptions& options, const Tokenizer* tokenizer)
      : file_(std::move(file)), options_(options), tokenizer_(tokenizer) {}

  absl::Status Append(absl::Span<const TokenId> ids, absl::Span<const ByteSpan> offsets,
                      bool ends_document) override {
    const bool json = options_.format == TokenFormat::kJsonLines;
    std::string text;
    if (json && begins_) text = "{\"ids\": [";
    if (!ids.empty()) {
      if (!empty_) text += Separator();
      text += Join(ids);
      if (options_.offsets) {
        if (absl::Status status = AddOffsets(offsets); !status.ok()) return status;
      }
      empty_ = false;
    }
    begins_ = false;
    if (ends_document) {
      begins_ = empty_ = true;
      if (options_.offsets) {
        text += "], \"offsets\": [";
        absl::Status status = file_.Write(std::exchange(text, {}));
        if (status.ok()) status = offsets_.MoveTo(&file_);
        if (!status.ok()) return status;
      }
      text += json ? "]}\n" : "\n";
    }
    return file_.Write(text);
  }

  absl::Status Flush() override { return file_.Flush(); }
  absl::Status Commit() override { return file_.Commit(); }

 private:
  const char* Separator() const {
    if (options_.format == TokenFormat::kPieces) return "\t";
    return options_.format == TokenFormat::kIds ? " " : ", ";
  }

  std::string Join(absl::Span<const TokenId> ids) const {
    if (options_.format == TokenFormat::kPieces) return PieceLine(*tokenizer_, ids);
    return absl::StrJoin(ids, Separator());
  }

  // They stand after all ids of the document.
  absl::Status AddOffsets(absl::Span<const ByteSpan> offsets) {
    std::string text;
    for (const ByteSpan& span : offsets) {
      absl::StrAppend(&text, text.empty() && offsets_.empty() ? "" : ", ", "[", span.begin, ", ",
                      span.end, "]");
    }
    return offsets_.Append(text);
  }

  AtomicFile file_;
  TokenWriterOptions options_;
  const Tokenizer* tokenizer_;
  bool begins_ = true;  // the next part begins a document
  bool empty_ = true;   // which has no ids so far
  SpilledBytes offsets_;
};

class BinWriter : public TokenWriter {
 public:
  BinWriter(AtomicFile file, TokenType type) : file_(std::move(file)), type_(type) {}

  absl::Status Append(absl::Span<const TokenId> ids, absl::Span<const ByteSpan>, bool) override {
    std::string bytes;
    AppendPacked(ids, type_, &bytes);
    return file_.Write(bytes);
  }

  absl::Status Flush() override { return file_.Flush(); }

  absl::Status Commit() override { return file_.Commit(); }

 private:
  AtomicFile file_;
  TokenType type_;
};

class NpyWriter : public TokenWriter {
 public:
  NpyWriter(AtomicFile file, TokenType type) : file_(std::move(file)), type_(type) {}

  absl::Status Append(absl::Span<const TokenId> ids, absl::Span<const ByteSpan>, bool) override {
    std::string bytes;
    if (file_.seekable() && !has_header_) bytes = NpyHeader(type_, 0);  // not the final one
    has_header_ = file_.seekable();
    AppendPacked(ids, type_, &bytes);
    count_ += static_cast<std::int64_t>(ids.size());
    return file_.seekable() ? file_.Write(bytes) : waiting_.Append(bytes);
  }

  absl::Status Commit() override {
    const std::string header = NpyHeader(type_, count_);
    absl::Status status = has_header_ ? file_.WriteAt(0, header) : file_.Write(header);
    if (status.ok()) status = waiting_.MoveTo(&file_);
    return status.ok() ? file_.Commit() : status;
  }

 private:
  AtomicFile file_;
  TokenType type_;
  std::int64_t count_ = 0;
  bool has_header_ = false;
  SpilledBytes waiting_;  // for the header, where that cannot be put in later
};

class MegatronWriter : public TokenWriter {
 public:
  MegatronWriter(AtomicFile bin, AtomicFile idx, TokenType type)
      : bin_(std::move(bin)), idx_(std::move(idx)) {
    index_.type = type;
  }

  absl::Status Append(absl::Span<const TokenId> ids, absl::Span<const ByteSpan>,
                      bool ends_document) override {
    length_ += ids.size();
    if (length_ > std::numeric_limits<std::int32_t>::max()) {
      return absl::OutOfRangeError(absl::StrCat("a document of ", length_,
                                                " ids or more is too long for the Megatron-LM "
                                                "format, which ends at 2^31 - 1; use shorter "
                                                "documents"));
    }
    std::string bytes;
    AppendPacked(ids, index_.type, &bytes);
    if (ends_document) {
      index_.lengths.push_back(static_cast<std::int32_t>(std::exchange(length_, 0)));
      index_.document_starts.push_back(static_cast<std::int64_t>(index_.lengths.size()));
    }
    return bin_.Write(bytes);
  }

  absl::Status Commit() override {
    absl::Status status = idx_.Write(SerializeMegatronIndex(index_));
    if (status.ok()) status = bin_.Finish();
    if (status.ok()) status = idx_.Finish();
    if (status.ok()) status = bin_.Commit();
    if (status.ok()) status = idx_.Commit();
    return status;
  }

 private:
  AtomicFile bin_;
  AtomicFile idx_;
  MegatronIndex index_;
  std::size_t length_ = 0;  // of the document so far
};

absl::StatusOr<std::unique_ptr<TokenWriter>> CreateMegatron(const std::string& path,
                                                            TokenType type) {
  if (path == "-") {
    return absl::InvalidArgumentError(
        "the megatron format has two files and cannot go to standard output; name a prefix");
  }
  std::error_code error;
  if (path.ends_with('/') || std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": is a directory; the megatron format takes a prefix, such as ",
                     path.ends_with('/') ? path : path + "/", "dataset"));
  }
  absl::StatusOr<AtomicFile> bin = AtomicFile::Create(path + ".bin");
  if (!bin.ok()) return bin.status();
  absl::StatusOr<AtomicFile> idx = AtomicFile::Create(path + ".idx");
  if (!idx.ok()) return idx.status();
  return std::make_unique<MegatronWriter>(*std::move(bin), *std::move(idx), type);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenWriter>> TokenWriter::Create(const std::string& path,
                                                                 const TokenWriterOptions& options,
                                                                 const Tokenizer* tokenizer) {
  const std::int64_t vocab_size = tokenizer->vocab_size();
  const TokenType type = options.type.value_or(NarrowestTokenType(options.format, vocab_size));
  if (absl::Status status = CheckTokenType(type, vocab_size); !status.ok()) return status;
  if (options.format == TokenFormat::kMegatron) return CreateMegatron(path, type);
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(path);
  if (!file.ok()) return file.status();
  if (options.format == TokenFormat::kNpy) {
    return std::make_unique<NpyWriter>(*std::move(file), type);
  }
  if (options.format == TokenFormat::kBin) {
    return std::make_unique<BinWriter>(*std::move(file), type);
  }
  return std::make_unique<LineWriter>(*std::move(file), options, tokenizer);
}

}  // namespace bytepiece::inline v0
