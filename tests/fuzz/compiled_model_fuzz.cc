// SPDX-License-Identifier: Apache-2.0
// Compiled models whose tables somebody forged, with the right checksum. Not trusted, they are made
// anew: every text has the ids, samples and bytes that the honest file gives. Trusted, they are
// refused and made anew, or they do what needs no promise of theirs but that no table points
// outside another: decoding, names, counts. (Encoding with forged tables may do anything;
// SECURITY.md says so.)
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bytepiece/model/compiled_file.h"
#include "bytepiece/model/compiled_model.h"
#include "bytepiece/tokenizer.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/support/models.h"

namespace bytepiece {
namespace {

std::string Compiled(Model model, ScoreKind scores) {
  model.special_tokens = {{"<|end|>", false}, {"<|spare|>", true}};
  SetScores(scores, &model);
  return CompileModel(model).value();
}

// Some numbers and bytes of the tables replaced. Their counts and single values begin rows of
// kTableAlignment bytes, so those are met often.
std::string Forged(std::string_view tables, FuzzedDataProvider* input) {
  std::string forged(tables);
  for (int edits = input->ConsumeIntegralInRange(0, 6); edits > 0; --edits) {
    auto at = input->ConsumeIntegralInRange<std::size_t>(0, forged.size() - 1);
    if (input->ConsumeBool()) at -= at % kTableAlignment;
    const std::uint64_t value = input->ConsumeBool()
                                    ? input->ConsumeIntegralInRange<std::uint64_t>(0, 1024)
                                    : input->ConsumeIntegral<std::uint64_t>();
    const std::size_t size = input->PickValueInArray({1, 2, 4, 8});
    std::memcpy(forged.data() + at, &value, std::min(size, forged.size() - at));
  }
  if (input->ConsumeIntegralInRange(0, 15) == 0) {
    forged.resize(input->ConsumeIntegralInRange<std::size_t>(0, forged.size() + 200));
  }
  return forged;
}

void CheckUntrusted(const std::string& file, const Tokenizer& honest, const std::string& text,
                    std::uint64_t seed) {
  const absl::StatusOr<Tokenizer> tokenizer = Tokenizer::FromBytes(file);
  FUZZ_REQUIRE(tokenizer.ok() && !tokenizer->is_compiled());
  const std::vector<TokenId> ids = tokenizer->Encode(text);
  FUZZ_REQUIRE(ids == honest.Encode(text));
  FUZZ_REQUIRE(tokenizer->Decode(ids).value() == honest.Decode(ids).value());
  SampleOptions sampling;
  sampling.seed = seed;
  std::vector<TokenId> sample;
  std::vector<TokenId> honest_sample;
  FUZZ_REQUIRE(tokenizer->NewWorker().Sample(text, sampling, {}, &sample).ok());
  FUZZ_REQUIRE(honest.NewWorker().Sample(text, sampling, {}, &honest_sample).ok());
  FUZZ_REQUIRE(sample == honest_sample);
}

void UseTrusted(const std::string& file, FuzzedDataProvider* input) {
  const absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::FromBytes(file, {.trust = ModelTrust::kTrusted});
  FUZZ_REQUIRE(tokenizer.ok());  // the model in the file is honest
  const std::int64_t size = tokenizer->vocab_size();
  std::vector<TokenId> ids;
  while (ids.size() < 200 && input->remaining_bytes() > 0) {
    ids.push_back(static_cast<TokenId>(input->ConsumeIntegral<std::uint16_t>() % size));
  }
  for (const TokenId id : ids) {
    const std::string_view token = tokenizer->IdToToken(id).value();
    FUZZ_REQUIRE(token.size() <= kMaxPieceLength);
    tokenizer->TokenToId(token);
    if (id >= kFirstPieceId && id < tokenizer->vocabulary().end_of_pieces()) {
      tokenizer->vocabulary().PieceCount(id);
      tokenizer->vocabulary().PieceScore(id);
    }
  }
  FUZZ_REQUIRE(tokenizer->Decode(ids).ok());
  FUZZ_REQUIRE(!tokenizer->Decode({static_cast<TokenId>(size)}).ok());
  FUZZ_REQUIRE(!tokenizer->model().pieces.empty());
}

}  // namespace
}  // namespace bytepiece

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bytepiece;
  static const std::string& small = *new std::string(
      Compiled(MakeModel({{"ab", 5}, {"abc", 3}, {"a long piece", 9}}, Normalization::kNfc),
               ScoreKind::kWhole));
  static const std::string& large = *new std::string(Compiled(MakeMixedModel(), ScoreKind::kLog));
  static const Tokenizer& honest_small = *new Tokenizer(Tokenizer::FromBytes(small).value());
  static const Tokenizer& honest_large = *new Tokenizer(Tokenizer::FromBytes(large).value());
  FuzzedDataProvider input(data, size);
  const bool is_small = input.ConsumeIntegralInRange(0, 3) != 0;
  const CompiledFile file = ParseCompiledFile(is_small ? small : large, kCompiledVersion).value();
  const std::string forged =
      SerializeCompiledFile(file.model, Forged(file.tables, &input), kCompiledVersion);
  const std::string text = TakeText(&input, 200);
  CheckUntrusted(forged, is_small ? honest_small : honest_large, text,
                 input.ConsumeIntegral<std::uint64_t>());
  UseTrusted(forged, &input);
  return 0;
}
