// SPDX-License-Identifier: Apache-2.0
// Training with random options on random documents: refused in one line, or a valid model that says
// what it was asked, keeps the longest piece, encodes the documents without loss, and is the same
// with more threads, other memory and the documents in another order.
#include <algorithm>
#include <string>
#include <vector>

#include "bytepiece/model/model_io.h"
#include "bytepiece/tokenizer.h"
#include "tests/fuzz/fuzz_input.h"
#include "trainer/trainer.h"

namespace bytepiece {
namespace {

TrainerSpec TakeSpec(FuzzedDataProvider* input) {
  TrainerSpec spec;
  spec.method = input->PickValueInArray(
      {TrainingMethod::kExact, TrainingMethod::kRecover, TrainingMethod::kGrow});
  spec.order = input->ConsumeIntegralInRange(1, 8);
  spec.vocab_sizes = {input->ConsumeIntegralInRange<std::int64_t>(250, 600)};
  if (input->ConsumeBool()) {
    spec.vocab_sizes.push_back(input->ConsumeIntegralInRange<std::int64_t>(250, 600));
  }
  spec.max_piece_length = input->ConsumeIntegralInRange(0, 40);
  spec.min_count = input->ConsumeIntegralInRange<std::int64_t>(0, 4);
  spec.isolate_digits = input->ConsumeBool();
  spec.ensure_unicode = input->ConsumeBool();
  spec.character_coverage = input->ConsumeFloatingPointInRange(-0.1, 1.1);
  spec.cross_spaces = input->ConsumeBool();
  spec.cross_punctuation = input->ConsumeBool();
  spec.cross_newlines = input->ConsumeBool();
  spec.soft_counts = input->ConsumeBool();
  spec.normalization = input->ConsumeBool() ? Normalization::kNfc : Normalization::kNone;
  if (input->ConsumeBool()) spec.special_tokens = {TakeText(input, 8)};
  spec.pad_vocab_to = input->ConsumeIntegralInRange<std::int64_t>(0, 64);
  return spec;
}

std::vector<std::string> TakeDocuments(FuzzedDataProvider* input) {
  std::vector<std::string> documents;
  while (documents.size() < 8 && input->remaining_bytes() > 0) {
    std::string document = TakeText(input, 300);
    // A string that occurs once is no piece.
    const auto times = input->ConsumeIntegralInRange<std::size_t>(1, 4);
    documents.insert(documents.end(), times, document);
  }
  return documents;
}

std::vector<std::string> Serialized(const absl::StatusOr<std::vector<Model>>& models) {
  if (!models.ok()) return {std::string(models.status().message())};
  std::vector<std::string> bytes;
  for (const Model& model : *models) bytes.push_back(SerializeModel(model));
  return bytes;
}

void CheckModel(const Model& model, const TrainerSpec& spec,
                const std::vector<std::string>& documents) {
  for (const Piece& piece : model.pieces) {
    FUZZ_REQUIRE(piece.bytes.size() <=
                 static_cast<std::size_t>(std::max(1, spec.max_piece_length)));
  }
  FUZZ_REQUIRE(ParseModel(SerializeModel(model)).ok());
  const absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(model, Normalization::kNone);
  FUZZ_REQUIRE(tokenizer.ok());
  for (const std::string& document : documents) {
    const absl::StatusOr<std::string> decoded = tokenizer->Decode(tokenizer->Encode(document));
    FUZZ_REQUIRE(decoded.ok() && *decoded == document);
  }
}

}  // namespace
}  // namespace bytepiece

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bytepiece;
  FuzzedDataProvider input(data, size);
  TrainerOptions options;
  options.spec = TakeSpec(&input);
  if (input.ConsumeBool())
    options.scores = input.PickValueInArray({ScoreKind::kLog, ScoreKind::kWhole});
  options.threads = 1;
  options.memory_limit = std::int64_t{80} << 20;  // large buffers take longer than the training
  std::vector<std::string> documents = TakeDocuments(&input);
  VectorSource source(documents);
  const absl::StatusOr<std::vector<Model>> models = Train(&source, options);
  RequireReadable(models.status());
  if (models.ok()) {
    FUZZ_REQUIRE(models->size() == options.spec.vocab_sizes.size());
    for (const Model& model : *models) CheckModel(model, options.spec, documents);
  }
  if (!input.ConsumeBool()) return 0;  // training twice takes twice as long
  std::reverse(documents.begin(), documents.end());
  VectorSource reversed(documents);
  options.threads = 2;
  options.memory_limit = std::int64_t{200} << 20;
  FUZZ_REQUIRE(Serialized(Train(&reversed, options)) == Serialized(models));
  return 0;
}
