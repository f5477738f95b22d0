// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/model_format.h"

#include <string>

#include "bytepiece/model/model_io.h"
#include "bytepiece/model/model_json.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"

namespace bytepiece {
namespace {

TEST_CASE("each format is told by its first bytes and gives back what it can hold") {
  Model model = MakeMixedModel();
  CHECK(*ModelToBytes(model, ModelFormat::kProtobuf) == SerializeModel(model));
  CHECK(*ModelToBytes(model, ModelFormat::kJson) == *SerializeReferenceJson(model));
  CHECK(ModelFromBytes(*ModelToBytes(model, ModelFormat::kJson))->pieces == model.pieces);
  model.special_tokens = {{"<|user|>"}};
  for (const ModelFormat format : {ModelFormat::kProtobuf, ModelFormat::kCompiled}) {
    CHECK(*ModelFromBytes(*ModelToBytes(model, format)) == model);
  }
  CHECK_FALSE(ModelToBytes(model, ModelFormat::kJson).ok());
  SetScores(ScoreKind::kWhole, &model);
  for (const ModelFormat format : {ModelFormat::kProtobuf, ModelFormat::kCompiled}) {
    CHECK(*ModelFromBytes(*ModelToBytes(model, format)) == model);
  }
  CHECK_FALSE(ModelFromBytes("").ok());
}

TEST_CASE("no format takes an unusable model") {
  for (const ModelFormat format :
       {ModelFormat::kProtobuf, ModelFormat::kJson, ModelFormat::kCompiled}) {
    CHECK_FALSE(ModelToBytes(Model{}, format).ok());
  }
}

}  // namespace
}  // namespace bytepiece
