// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "bytepiece/model/model_io.h"
#include "tests/bytepiece/model/changed_specs.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"

namespace bytepiece {
namespace {

std::string FileOf(const TrainerSpec& spec) {
  Model model = MakeModel({});
  model.provenance.emplace().spec = spec;
  return SerializeModel(model);
}

TEST_CASE("no training option is lost in the model file") {
  for (const TrainingMethod method :
       {TrainingMethod::kExact, TrainingMethod::kRecover, TrainingMethod::kGrow}) {
    TrainerSpec base;
    base.method = method;
    base.special_tokens = {"<|x|>"};
    ForEachChangedSpec(base, [&](const SpecField& field, const TrainerSpec& spec) {
      CAPTURE(field.name);
      const absl::StatusOr<Model> read = ParseModel(FileOf(spec));
      REQUIRE(read.ok());
      CHECK((read->provenance->spec == spec));
      CHECK(FileOf(spec) != FileOf(base));
      CHECK(OptionsDigest(spec) != OptionsDigest(base));
    });
  }
}

// Theirs do not say, and have no other digest for it.
TEST_CASE("special tokens of models from before there were boundaries were plain text") {
  TrainerSpec spec;
  const std::string none = FileOf(spec);
  spec.special_token_text = SpecialTokenText::kPlain;
  CHECK(FileOf(spec) == none);
  CHECK(ParseModel(none)->provenance->spec == TrainerSpec());
  spec.special_tokens = {"<|x|>"};
  const std::string plain = FileOf(spec);
  CHECK(plain.size() == none.size() + 2 + 5);
  CHECK(ParseModel(plain)->provenance->spec.special_token_text == SpecialTokenText::kPlain);
}

}  // namespace
}  // namespace bytepiece
