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

}  // namespace
}  // namespace bytepiece
