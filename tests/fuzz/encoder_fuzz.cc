// SPDX-License-Identifier: Apache-2.0
// The encoder against the definition: a vocabulary and a text of the input's; every way to encode
// it gives the same ids, offsets cover the text, and what is decoded is the normalised text.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bytepiece/base/fnv1a.h"
#include "bytepiece/segmentation/parallel_text.h"
#include "bytepiece/streaming_encoder.h"
#include "bytepiece/text/normalizer.h"
#include "bytepiece/text/splitter.h"
#include "bytepiece/tokenizer.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_model.h"

namespace bytepiece {
namespace {

std::vector<TokenId> IdsByDefinition(const Tokenizer& tokenizer, std::string_view normalized) {
  const PieceMap pieces(tokenizer.vocabulary());
  std::vector<TokenId> ids;
  for (std::string_view rest = normalized; !rest.empty();) {
    const std::size_t size = NextChunk(rest);
    pieces.AppendBest(rest.substr(0, size), &ids);
    rest.remove_prefix(size);
  }
  return ids;
}

void CheckOffsets(const std::vector<ByteSpan>& offsets, std::size_t size) {
  std::int64_t at = 0;
  for (const ByteSpan& span : offsets) {
    FUZZ_REQUIRE(span.begin == at && span.end >= span.begin);
    at = span.end;
  }
  FUZZ_REQUIRE(at == static_cast<std::int64_t>(size));
}

std::vector<TokenId> Streamed(const Tokenizer& tokenizer, std::string_view text,
                              FuzzedDataProvider* input) {
  StreamingEncoder encoder(tokenizer);
  std::vector<TokenId> ids;
  for (std::string_view rest = text; !rest.empty();) {
    const auto size = input->ConsumeIntegralInRange<std::size_t>(1, rest.size());
    FUZZ_REQUIRE(encoder.Feed(rest.substr(0, size), &ids).ok());
    rest.remove_prefix(size);
  }
  FUZZ_REQUIRE(encoder.Finish(&ids).ok());
  return ids;
}

}  // namespace
}  // namespace bytepiece

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bytepiece;
  FuzzedDataProvider input(data, size);
  const Tokenizer tokenizer = TakeTokenizer(&input);
  std::string text = TakeText(&input, 600);
  // Now and then a text that is long enough to be shared among threads. An input that is changed a
  // little is another one in that, else the fuzzer would soon try nothing but such texts.
  const std::string_view whole_input(reinterpret_cast<const char*>(data), size);
  if (Fnv1a(whole_input) % 4096 == 0 && !text.empty()) {
    while (text.size() < kLongText) text += text;
  }
  std::string buffer;
  const std::string normalized(Normalize(tokenizer.normalization(), text, &buffer));
  const std::vector<TokenId> ids = tokenizer.Encode(text);
  if (normalized.size() < std::size_t{1} << 14) {
    FUZZ_REQUIRE(ids == IdsByDefinition(tokenizer, normalized));
  }
  FUZZ_REQUIRE(tokenizer.Decode(ids).value() == normalized);

  Worker worker = tokenizer.NewWorker();
  std::vector<TokenId> again;
  std::vector<ByteSpan> offsets;
  FUZZ_REQUIRE(worker.EncodeWithOffsets(text, {}, &again, &offsets).ok());
  FUZZ_REQUIRE(again == ids && offsets.size() == ids.size());
  if (!ids.empty()) CheckOffsets(offsets, text.size());
  FUZZ_REQUIRE(worker.CountTokens(text, {}).value() == static_cast<std::int64_t>(ids.size()));

  EncodeOptions threads;
  threads.threads = 2;
  FUZZ_REQUIRE(tokenizer.Encode(text, threads).value() == ids);
  if (text.size() < std::size_t{1} << 14) {
    FUZZ_REQUIRE(Streamed(tokenizer, text, &input) == ids);
  }

  const auto first = input.ConsumeIntegralInRange<std::int64_t>(
      0, std::min<std::int64_t>(static_cast<std::int64_t>(ids.size()), 1 << 12));
  std::vector<TokenId> prefix;
  const std::int64_t consumed = worker.EncodeUpTo(first, text, {}, &prefix).value();
  FUZZ_REQUIRE(static_cast<std::int64_t>(prefix.size()) == first);
  FUZZ_REQUIRE(std::equal(prefix.begin(), prefix.end(), ids.begin()));
  FUZZ_REQUIRE(consumed == (first == 0 ? 0 : offsets[first - 1].end));
  return 0;
}
