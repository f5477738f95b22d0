// SPDX-License-Identifier: Apache-2.0
// Writers and readers, of which each is the other's test; tests/cli reads the
// formats with an independent reader.
#include "bytepiece/token_files/token_writer.h"

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "bytepiece/io/atomic_file.h"
#include "bytepiece/token_files/token_reader.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

using Documents = std::vector<std::vector<TokenId>>;

Tokenizer Example() {
  Model model;
  for (int byte = 0; byte < 256; ++byte) model.pieces.push_back({std::string(1, char(byte)), 1});
  return Tokenizer::Create(model).value();
}

absl::Status Write(const std::string& path, const TokenWriterOptions& options,
                   const Documents& documents) {
  const Tokenizer tokenizer = Example();
  auto writer = TokenWriter::Create(path, options, &tokenizer);
  if (!writer.ok()) return writer.status();
  for (const std::vector<TokenId>& ids : documents) {
    if (absl::Status status = (*writer)->Append(ids, {}); !status.ok()) return status;
  }
  return (*writer)->Commit();
}

absl::StatusOr<Documents> Read(const std::string& path, const TokenReaderOptions& options) {
  const Tokenizer tokenizer = Example();
  auto reader = TokenReader::Open(path, options, &tokenizer);
  if (!reader.ok()) return reader.status();
  Documents documents;
  std::vector<TokenId> document;
  std::vector<TokenId> ids;
  bool ends_document = true;
  for (;;) {
    const absl::StatusOr<bool> more = (*reader)->Next(&ids, &ends_document);
    if (!more.ok()) return more.status();
    if (!*more) break;
    document.insert(document.end(), ids.begin(), ids.end());
    if (ends_document) documents.push_back(std::exchange(document, {}));
  }
  CHECK(document.empty());
  return documents;
}

std::string Error(const std::string& path, TokenFormat format) {
  return std::string(Read(path, {format, {}}).status().message());
}

// Some empty, one longer than the readers' stretches.
Documents RandomDocuments(bool with_eos) {
  std::mt19937_64 random(11);
  Documents documents(30);
  for (std::size_t i = 0; i < documents.size(); ++i) {
    documents[i].resize(i == 17 ? 200000 : random() % 7);
    for (TokenId& id : documents[i]) id = static_cast<TokenId>(3 + random() % 256);
    if (with_eos) documents[i].push_back(kEosId);
  }
  return documents;
}

TEST_CASE("formats that keep documents apart give them back") {
  const TempDir dir;
  const Documents documents = RandomDocuments(false);
  for (const TokenFormat format :
       {TokenFormat::kIds, TokenFormat::kPieces, TokenFormat::kJsonLines, TokenFormat::kMegatron}) {
    for (const TokenType type : {TokenType::kUint16, TokenType::kUint32}) {
      REQUIRE(Write(dir.File("x"), {format, type}, documents).ok());
      REQUIRE(Read(dir.File("x"), {format, type}).value() == documents);
      REQUIRE(Write(dir.File("x"), {format, type}, {}).ok());
      REQUIRE(Read(dir.File("x"), {format, type}).value().empty());
    }
  }
}

TEST_CASE("arrays are split at <eos>") {
  const TempDir dir;
  const Documents documents = RandomDocuments(true);
  for (const TokenFormat format : {TokenFormat::kNpy, TokenFormat::kBin}) {
    for (const TokenType type : {TokenType::kUint16, TokenType::kUint32}) {
      REQUIRE(Write(dir.File("x"), {format, type}, documents).ok());
      REQUIRE(Read(dir.File("x"), {format, type}).value() == documents);
      REQUIRE(Write(dir.File("x"), {format, type}, {{5, kEosId, 6}, {7}}).ok());
      REQUIRE(Read(dir.File("x"), {format, type}).value() == Documents{{5, kEosId}, {6, 7}});
      REQUIRE(Write(dir.File("x"), {format, type}, {}).ok());
      REQUIRE(Read(dir.File("x"), {format, type}).value().empty());
    }
  }
  // Without <eos>, one document, also if its end is the end of a stretch.
  for (const std::size_t size : {1UL, 65535UL, 65536UL, 65537UL, 131072UL}) {
    const Documents one = {std::vector<TokenId>(size, 9)};
    REQUIRE(Write(dir.File("x"), {TokenFormat::kBin}, one).ok());
    REQUIRE(Read(dir.File("x"), {TokenFormat::kBin, {}}).value() == one);
  }
}

TEST_CASE("nothing is there before Commit, and an earlier file stays") {
  const TempDir dir;
  const Tokenizer tokenizer = Example();
  dir.Write("x.bin", "earlier");
  for (const TokenFormat format : {TokenFormat::kIds, TokenFormat::kNpy, TokenFormat::kMegatron}) {
    const std::string path = dir.File(format == TokenFormat::kMegatron ? "x" : "x.bin");
    auto writer = TokenWriter::Create(path, {format}, &tokenizer).value();
    REQUIRE(writer->Append({3, 4}, {}).ok());
  }
  CHECK(ReadFile(dir.File("x.bin")).value() == "earlier");
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("offsets stand beside the ids") {
  const TempDir dir;
  const Tokenizer tokenizer = Example();
  auto writer =
      TokenWriter::Create(dir.File("x"), {TokenFormat::kJsonLines, {}, true}, &tokenizer).value();
  REQUIRE(writer->Append({3, 4}, {{0, 1}, {1, 3}}).ok());
  REQUIRE(writer->Append({}, {}).ok());
  REQUIRE(writer->Commit().ok());
  CHECK(ReadFile(dir.File("x")).value() ==
        "{\"ids\": [3, 4], \"offsets\": [[0, 1], [1, 3]]}\n{\"ids\": [], \"offsets\": []}\n");
}

TEST_CASE("documents in parts give the same bytes") {
  const TempDir dir;
  const Tokenizer tokenizer = Example();
  for (const TokenFormat format : {TokenFormat::kIds, TokenFormat::kPieces, TokenFormat::kJsonLines,
                                   TokenFormat::kNpy, TokenFormat::kBin, TokenFormat::kMegatron}) {
    const TokenWriterOptions options = {format, {}, format == TokenFormat::kJsonLines};
    auto whole = TokenWriter::Create(dir.File("whole"), options, &tokenizer).value();
    auto parts = TokenWriter::Create(dir.File("parts"), options, &tokenizer).value();
    const std::vector<TokenId> ids = {3, 4, 5};
    const std::vector<ByteSpan> spans = {{0, 1}, {1, 2}, {2, 3}};
    for (int document = 0; document < 2; ++document) {
      REQUIRE(whole->Append(ids, spans).ok());
      REQUIRE(whole->Append({}, {}).ok());
      REQUIRE(parts->Append({}, {}, false).ok());
      REQUIRE(parts->Append({3}, {{0, 1}}, false).ok());
      REQUIRE(parts->Append({}, {}, false).ok());
      REQUIRE(parts->Append({4, 5}, {{1, 2}, {2, 3}}, true).ok());
      REQUIRE(parts->Append({}, {}, false).ok());
      REQUIRE(parts->Append({}, {}, true).ok());
    }
    REQUIRE(whole->Commit().ok());
    REQUIRE(parts->Commit().ok());
    for (const char* ending : {"", ".bin", ".idx"}) {
      const auto bytes = ReadFile(dir.File(std::string("whole") + ending));
      if (!bytes.ok()) continue;
      CHECK(*bytes == ReadFile(dir.File(std::string("parts") + ending)).value());
    }
  }
}

TEST_CASE("damaged token files are named, with the place") {
  const TempDir dir;
  CHECK(Error(dir.Write("a.ids", "3 4\n5 x\n"), TokenFormat::kIds) ==
        dir.File("a.ids") + ":2: \"x\" is not an id");
  CHECK(Error(dir.Write("a.ids", "99999999999\n"), TokenFormat::kIds) ==
        dir.File("a.ids") + ":1: \"99999999999\" is not an id");
  CHECK(Error(dir.Write("a.pieces", "abc\n"), TokenFormat::kPieces) ==
        dir.File("a.pieces") + ":1: \"abc\" is no token of the model");
  for (const char* line : {"{\"ids\": [1", "{\"text\": 1}", "[1]", "", "{\"ids\": 1}"}) {
    CHECK(Error(dir.Write("a.jsonl", std::string(line) + "\n"), TokenFormat::kJsonLines) ==
          dir.File("a.jsonl") + ":1: expected a JSON object with an array \"ids\"");
  }
  CHECK(Error(dir.Write("a.jsonl", "{\"ids\": [1, 4294967296]}"), TokenFormat::kJsonLines) ==
        dir.File("a.jsonl") + ":1: \"ids\" holds something that is not an id");
  CHECK(Error(dir.Write("a.bin", "123"), TokenFormat::kBin) ==
        dir.File("a.bin") + ": ends within an id");
  CHECK(Error(dir.Write("a.npy", NpyHeader(TokenType::kUint16, 3) + "12"), TokenFormat::kNpy) ==
        dir.File("a.npy") + ": is truncated: its header announces more ids");
  CHECK(Error(dir.Write("a.npy", "text"), TokenFormat::kNpy) ==
        dir.File("a.npy") + ": not a .npy file of format 1.0");
  REQUIRE(Write(dir.File("m"), {TokenFormat::kMegatron}, {{3, 4}}).ok());
  CHECK(Error(dir.Write("m.bin", "12").substr(0, dir.path().size() + 2), TokenFormat::kMegatron) ==
        dir.File("m.bin") + ": is truncated: its index announces more ids");
  CHECK(Error(dir.path(), TokenFormat::kIds) == dir.path() + " is a directory");
  CHECK(Error(dir.File("none"), TokenFormat::kIds) ==
        "cannot open " + dir.File("none") + ": No such file or directory");
}

TEST_CASE("formats of two files do not go through pipes") {
  CHECK(Write("-", {TokenFormat::kMegatron}, {}).message() ==
        "the megatron format has two files and cannot go to standard output; name a prefix");
  CHECK(Error("-", TokenFormat::kMegatron) ==
        "the megatron format has two files and cannot come from standard input; name the prefix");
}

}  // namespace
}  // namespace bytepiece
