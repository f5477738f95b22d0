// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/loaded_model.h"

#include <string>
#include <utility>

#include "bytepiece/model/compiled_file.h"
#include "bytepiece/model/compiled_model.h"
#include "bytepiece/model/model_io.h"
#include "bytepiece/tokenizer.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

Model MixedModelWithToken() {
  Model model = MakeMixedModel();
  model.special_tokens = {{"<|end|>", false}};
  return model;
}

TEST_CASE("a compiled file gives what the model file gives") {
  const TempDir folder;
  const Model model = MixedModelWithToken();
  const auto made = LoadedModel::Load(folder.Write("model", SerializeModel(model)), true);
  auto mapped = LoadedModel::Load(folder.Write("compiled", *CompileModel(model)), true);
  REQUIRE(made.ok());
  REQUIRE(mapped.ok());
  CHECK_FALSE(made->is_compiled());
  REQUIRE(mapped->is_compiled());
  const LoadedModel moved = *std::move(mapped);
  CHECK(moved.model() == model);
  CHECK(moved.normalization() == model.normalization);
  CHECK(moved.vocabulary().size() == made->vocabulary().size());
  CHECK(moved.special_tokens().Id("<|end|>") == made->special_tokens().Id("<|end|>"));
  CHECK(moved.special_tokens().Id("<|end|>") == made->vocabulary().end_of_pieces());
}

TEST_CASE("a tokenizer works alike from both files") {
  const TempDir folder;
  const Model model = MixedModelWithToken();
  const auto made = Tokenizer::Load(folder.Write("model", SerializeModel(model)));
  const auto mapped = Tokenizer::Load(folder.Write("compiled", *CompileModel(model)),
                                      {.trust = ModelTrust::kTrusted});
  REQUIRE(mapped.ok());
  CHECK(mapped->is_compiled());
  RandomText random(5);
  for (int round = 0; round < 50; ++round) {
    const std::string text = random.MutatedUtf8(400);
    REQUIRE(mapped->Encode(text) == made->Encode(text));
  }
}

TEST_CASE("tables are used as they are if they are trusted, made anew if not") {
  const TempDir folder;
  const Model model = MixedModelWithToken();
  const std::string bytes = *CompileModel(model);
  const std::string path = folder.Write("compiled", bytes);
  for (const bool trusts : {false, true}) {
    const auto from_file = LoadedModel::Load(path, trusts);
    const auto from_bytes = LoadedModel::FromBytes(std::string(bytes), trusts);
    for (const auto* loaded : {&from_file, &from_bytes}) {
      REQUIRE(loaded->ok());
      CHECK((*loaded)->is_compiled() == trusts);
      CHECK((*loaded)->model() == model);
      CHECK((*loaded)->vocabulary().FindPiece(model.pieces[9].bytes) == kFirstPieceId + 9);
    }
  }
  CHECK_FALSE(LoadedModel::FromBytes(SerializeModel(model), true)->is_compiled());
}

TEST_CASE("tables of no use are made anew from the model in the file") {
  const TempDir folder;
  const Model model = MixedModelWithToken();
  const std::string bytes = *CompileModel(model);
  std::string damaged = bytes;
  damaged[bytes.size() - 3000] ^= 1;
  const CompiledFile file = *ParseCompiledFile(bytes, kCompiledVersion);
  const std::string newer =
      SerializeCompiledFile(file.model, "of the future", kCompiledVersion + 1);
  const std::string older = SerializeCompiledFile(file.model, file.tables, kCompiledVersion - 1);
  for (const std::string& unusable : {damaged, newer, older}) {
    const auto loaded = LoadedModel::Load(folder.Write("compiled", unusable), true);
    REQUIRE(loaded.ok());
    CHECK_FALSE(loaded->is_compiled());
    CHECK(loaded->model() == model);
  }
}

TEST_CASE("a compiled file without a sound model is an error that names it") {
  const TempDir folder;
  const std::string bytes = *CompileModel(MixedModelWithToken());
  std::string damaged = bytes;
  damaged[200] ^= 1;  // in the model
  for (const std::string& unusable : {damaged, bytes.substr(0, 300), bytes.substr(0, 20)}) {
    const std::string path = folder.Write("compiled", unusable);
    const auto loaded = LoadedModel::Load(path, true);
    REQUIRE_FALSE(loaded.ok());
    CHECK(loaded.status().message().find(path + ": damaged") == 0);
    CHECK_FALSE(LoadedModel::FromBytes(unusable, true).ok());
  }
}

}  // namespace
}  // namespace bytepiece
