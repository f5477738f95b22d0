// SPDX-License-Identifier: Apache-2.0
// Token files of every format: they are read to their end or refused in one line.
#include <array>
#include <memory>
#include <string>

#include "bytepiece/token_files/token_reader.h"
#include "bytepiece/tokenizer.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/support/models.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

constexpr std::array kFormats = {TokenFormat::kIds, TokenFormat::kPieces, TokenFormat::kJsonLines,
                                 TokenFormat::kNpy, TokenFormat::kBin,    TokenFormat::kMegatron};

void ReadAll(TokenReader* reader, std::size_t file_size) {
  std::vector<TokenId> ids;
  bool ends_document = false;
  std::size_t total = 0;
  for (;;) {
    const absl::StatusOr<bool> more = reader->Next(&ids, &ends_document);
    RequireReadable(more.status());
    if (!more.ok() || !*more) return;
    total += ids.size();
    FUZZ_REQUIRE(total <= file_size);  // an id takes a byte at least
  }
}

}  // namespace
}  // namespace bytepiece

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bytepiece;
  static const TempDir& dir = *new TempDir();
  static const Tokenizer& tokenizer =
      *new Tokenizer(Tokenizer::Create(MakeModel({{"ab", 5}, {"abc", 3}})).value());
  FuzzedDataProvider input(data, size);
  TokenReaderOptions options;
  options.format = kFormats[input.ConsumeIntegralInRange<std::size_t>(0, kFormats.size() - 1)];
  if (options.format == TokenFormat::kBin && input.ConsumeBool()) {
    options.type = input.ConsumeBool() ? TokenType::kUint32 : TokenType::kUint16;
  }
  const std::string index = TakeText(&input, 400);
  const std::string bytes = input.ConsumeRemainingBytesAsString();
  std::string path = dir.Write("tokens.bin", bytes);
  if (options.format == TokenFormat::kMegatron) {
    dir.Write("tokens.idx", index);
    path = path.substr(0, path.size() - 4);
  }
  const absl::StatusOr<std::unique_ptr<TokenReader>> reader =
      TokenReader::Open(path, options, &tokenizer);
  RequireReadable(reader.status());
  if (reader.ok()) ReadAll(reader->get(), bytes.size());
  return 0;
}
