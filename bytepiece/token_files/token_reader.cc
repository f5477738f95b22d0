// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/token_files/token_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bytepiece/base/catch_exceptions.h"
#include "bytepiece/base/quoted.h"
#include "bytepiece/base/utf8.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/io/file_reader.h"
#include "bytepiece/token_files/megatron_index.h"
#include "bytepiece/token_files/piece_text.h"

namespace bytepiece::inline v0 {
namespace {

absl::StatusOr<std::vector<TokenId>> ParseIds(const std::string& line) {
  std::vector<TokenId> ids;
  for (const absl::string_view word : absl::StrSplit(line, ' ', absl::SkipEmpty())) {
    TokenId id = 0;
    if (!absl::SimpleAtoi(word, &id)) {
      return absl::InvalidArgumentError(
          absl::StrCat(Quoted({word.data(), word.size()}), " is not an id"));
    }
    ids.push_back(id);
  }
  return ids;
}

absl::StatusOr<std::vector<TokenId>> ParseJson(const std::string& line,
                                               simdjson::dom::parser* parser) {
  simdjson::dom::array array;
  if (parser->parse(line)["ids"].get(array) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError("expected a JSON object with an array \"ids\"");
  }
  std::vector<TokenId> ids;
  for (const simdjson::dom::element element : array) {
    std::int64_t id = 0;
    if (element.get(id) != simdjson::SUCCESS || id != static_cast<TokenId>(id)) {
      return absl::InvalidArgumentError("\"ids\" holds something that is not an id");
    }
    ids.push_back(static_cast<TokenId>(id));
  }
  return ids;
}

// Whether the line holds bytes that no line of tokens has.
bool IsBinary(std::string_view line) {
  const auto is_control = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r';
  };
  return !IsValidUtf8(line) || std::any_of(line.begin(), line.end(), is_control);
}

class LineTokenReader : public TokenReader {
 public:
  LineTokenReader(FileReader file, TokenFormat format, const Tokenizer* tokenizer)
      : file_(std::move(file)), format_(format), tokenizer_(tokenizer) {}

  bool ready() const override { return file_.ready(); }

  absl::StatusOr<bool> ReadNext(std::vector<TokenId>* ids, bool* ends_document) override {
    const absl::StatusOr<bool> more = file_.ReadLine(&line_);
    if (!more.ok() || !*more) return more;
    ++line_number_;
    absl::StatusOr<std::vector<TokenId>> parsed = Parse();
    if (!parsed.ok() && IsBinary(line_)) {
      return file_.Error(line_.starts_with("\x93NUMPY")
                             ? "is a NumPy file; --format npy reads it"
                             : "holds binary data, no lines of tokens; --format npy, bin or "
                               "megatron is for packed ids");
    }
    if (!parsed.ok()) {
      return absl::DataLossError(
          absl::StrCat(file_.name(), ":", line_number_, ": ", parsed.status().message()));
    }
    *ids = *std::move(parsed);
    *ends_document = true;
    return true;
  }

 private:
  absl::StatusOr<std::vector<TokenId>> Parse() {
    if (format_ == TokenFormat::kPieces) return ParsePieceLine(*tokenizer_, line_);
    if (format_ == TokenFormat::kIds) return ParseIds(line_);
    return ParseJson(line_, &parser_);
  }

  FileReader file_;
  TokenFormat format_;
  const Tokenizer* tokenizer_;
  std::string line_;
  std::int64_t line_number_ = 0;
  simdjson::dom::parser parser_;
};

constexpr std::int64_t kStretch = 1 << 16;  // ids

// Packed ids one after another, up to a number of them.
class PackedIds {
 public:
  // The reader is at the place's offset.
  PackedIds(FileReader file, PackedIdsPlace place)
      : file_(std::move(file)), place_(std::move(place)) {}

  // Replaces *ids by up to `count` ids: fewer only at the end.
  absl::Status Read(std::int64_t count, std::vector<TokenId>* ids) {
    const std::int64_t size = TokenTypeSize(place_.type);
    ids->clear();
    absl::Status status = file_.Read(static_cast<std::size_t>(count * size), &bytes_);
    if (!status.ok()) return status;
    if (bytes_.size() % size != 0) return file_.Error("ends within an id");
    for (std::size_t i = 0; i < bytes_.size(); i += size) {
      ids->push_back(UnpackToken(place_.type, bytes_.data() + i));
    }
    return absl::OkStatus();
  }

  FileReader& file() { return file_; }
  const PackedIdsPlace& place() const { return place_; }

 private:
  FileReader file_;
  PackedIdsPlace place_;
  std::string bytes_;
};

// .npy and .bin: documents end at <eos>.
class ArrayReader : public TokenReader {
 public:
  static constexpr std::int64_t kUnknown = -1;

  ArrayReader(PackedIds packed, std::int64_t count) : packed_(std::move(packed)), left_(count) {}

  std::optional<PackedIdsPlace> packed() const override { return packed_.place(); }

  absl::StatusOr<bool> ReadNext(std::vector<TokenId>* ids, bool* ends_document) override {
    if (next_ == read_.size()) {
      if (absl::Status status = Refill(); !status.ok()) return status;
    }
    const auto begin = read_.begin() + static_cast<std::ptrdiff_t>(next_);
    auto end = std::find(begin, read_.end(), kEosId);
    const bool ended = end != read_.end();
    if (ended) ++end;
    ids->assign(begin, end);
    next_ += ids->size();
    // At the end of the file the last document ends too.
    *ends_document = ended || ids->empty();
    return !ids->empty() || std::exchange(within_document_, false);
  }

 private:
  absl::Status Refill() {
    within_document_ = !read_.empty() && read_.back() != kEosId;
    next_ = 0;
    const std::int64_t count = left_ == kUnknown ? kStretch : std::min(left_, kStretch);
    if (absl::Status status = packed_.Read(count, &read_); !status.ok()) return status;
    if (left_ == kUnknown) return absl::OkStatus();
    if (left_ == 0) {
      const absl::StatusOr<bool> at_end = packed_.file().AtEnd();
      if (!at_end.ok()) return at_end.status();
      if (!*at_end) return packed_.file().Error("holds more than its header announces");
    }
    if (static_cast<std::int64_t>(read_.size()) < count) {
      return packed_.file().Error("is truncated: its header announces more ids");
    }
    left_ -= count;
    return absl::OkStatus();
  }

  PackedIds packed_;
  std::int64_t left_;
  std::vector<TokenId> read_;
  std::size_t next_ = 0;
  bool within_document_ = false;
};

class MegatronReader : public TokenReader {
 public:
  MegatronReader(PackedIds packed, MegatronIndex index)
      : packed_(std::move(packed)), index_(std::move(index)) {}

  std::optional<PackedIdsPlace> packed() const override { return packed_.place(); }

  absl::StatusOr<bool> ReadNext(std::vector<TokenId>* ids, bool* ends_document) override {
    if (document_ + 1 == index_.document_starts.size()) {
      const absl::StatusOr<bool> at_end = packed_.file().AtEnd();
      if (!at_end.ok()) return at_end.status();
      if (*at_end) return false;
      return packed_.file().Error("holds more than its index announces; the two are no pair");
    }
    const auto end = static_cast<std::size_t>(index_.document_starts[document_ + 1]);
    ids->clear();
    if (sequence_ < end) {
      const std::int64_t count = std::min(index_.lengths[sequence_] - read_, kStretch);
      if (absl::Status status = packed_.Read(count, ids); !status.ok()) return status;
      if (static_cast<std::int64_t>(ids->size()) < count) {
        return packed_.file().Error("is truncated: its index announces more ids");
      }
      read_ += count;
      if (read_ == index_.lengths[sequence_]) {
        ++sequence_;
        read_ = 0;
      }
    }
    *ends_document = sequence_ == end;
    if (*ends_document) ++document_;
    return true;
  }

 private:
  PackedIds packed_;
  MegatronIndex index_;
  std::size_t document_ = 0;
  std::size_t sequence_ = 0;
  std::int64_t read_ = 0;  // ids of the current sequence
};

absl::StatusOr<std::unique_ptr<TokenReader>> OpenMegatron(const std::string& path) {
  if (path == "-") {
    return absl::InvalidArgumentError(
        "the megatron format has two files and cannot come from standard input; name the prefix");
  }
  const std::string prefix = MegatronPrefix(path);
  const absl::StatusOr<std::string> bytes = ReadFile(prefix + ".idx");
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<MegatronIndex> index = ParseMegatronIndex(*bytes);
  if (!index.ok()) {
    return absl::Status(index.status().code(),
                        absl::StrCat(prefix, ".idx: ", index.status().message()));
  }
  absl::StatusOr<FileReader> bin = FileReader::Open(prefix + ".bin");
  if (!bin.ok()) return bin.status();
  PackedIds packed(*std::move(bin), {.path = prefix + ".bin", .type = index->type});
  return std::make_unique<MegatronReader>(std::move(packed), *std::move(index));
}

absl::StatusOr<std::unique_ptr<TokenReader>> OpenNpy(const std::string& path, FileReader file) {
  std::string bytes;
  if (absl::Status status = file.Read(kNpyPreambleSize, &bytes); !status.ok()) return status;
  const absl::StatusOr<std::size_t> rest = NpyHeaderRest(bytes);
  if (!rest.ok()) return file.Error(std::string(rest.status().message()));
  if (absl::Status status = file.Read(*rest, &bytes); !status.ok()) return status;
  const absl::StatusOr<NpyInfo> info = ParseNpyHeader(bytes);
  if (!info.ok()) return file.Error(std::string(info.status().message()));
  PackedIds packed(std::move(file), {path, kNpyPreambleSize + *rest, info->type});
  return std::make_unique<ArrayReader>(std::move(packed), info->count);
}

absl::StatusOr<std::unique_ptr<TokenReader>> OpenReader(const std::string& path,
                                                        const TokenReaderOptions& options,
                                                        const Tokenizer* tokenizer) {
  if (options.format == TokenFormat::kMegatron) return OpenMegatron(path);
  absl::StatusOr<FileReader> file = FileReader::Open(path);
  if (!file.ok()) return file.status();
  if (options.format == TokenFormat::kNpy) return OpenNpy(path, *std::move(file));
  if (options.format == TokenFormat::kBin) {
    const TokenType type =
        options.type ? *options.type : NarrowestTokenType(options.format, tokenizer->vocab_size());
    PackedIds packed(*std::move(file), {.path = path, .type = type});
    return std::make_unique<ArrayReader>(std::move(packed), ArrayReader::kUnknown);
  }
  return std::make_unique<LineTokenReader>(*std::move(file), options.format, tokenizer);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenReader>> TokenReader::Open(const std::string& path,
                                                               const TokenReaderOptions& options,
                                                               const Tokenizer* tokenizer) {
  return CatchExceptions([&] { return OpenReader(path, options, tokenizer); });
}

absl::StatusOr<bool> TokenReader::Next(std::vector<TokenId>* ids, bool* ends_document) {
  return CatchExceptions([&] { return ReadNext(ids, ends_document); });
}

}  // namespace bytepiece::inline v0
