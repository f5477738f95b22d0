// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/foreign_model.h"

#include <string>

#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/model.h"
#include "bytepiece/model/model_io.h"
#include "bytepiece/model/model_json.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

using Library = ForeignModel::Library;

// A field of Protocol Buffers: a string or message of less than 128 bytes.
std::string Field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

// As SentencePiece writes them; type 0: not said.
std::string SentencePieceModel(int pieces, char type) {
  std::string model;
  for (int i = 0; i < pieces; ++i) {
    model += Field(1, Field(1, "piece" + std::to_string(i)) + std::string("\x15\0\0\0\0", 5));
  }
  return model + Field(2, type == 0 ? "" : std::string{'\x18', type});
}

TEST_CASE("HuggingFace's tokenizers are told apart") {
  const auto algorithm = [](const std::string& model) {
    const auto found = RecognizeForeignModel(R"( {"version": "1.0", "model": )" + model + "}");
    REQUIRE(found);
    CHECK(found->library == Library::kHuggingFace);
    CHECK(found->vocab_size == 2);
    return found->algorithm;
  };
  CHECK(algorithm(R"({"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []})") == "BPE");
  CHECK(algorithm(R"({"type": "WordPiece", "vocab": {"a": 0, "b": 1}})") == "WordPiece");
  CHECK(algorithm(R"({"type": "Unigram", "vocab": [["a", -1.5], ["b", -2]]})") == "Unigram");
  // Older ones do not say.
  CHECK(algorithm(R"({"vocab": {"a": 0, "b": 1}, "merges": ["a b"]})") == "BPE");
  CHECK(algorithm(R"({"vocab": {"a": 0, "b": 1}, "max_input_chars_per_word": 1})") == "WordPiece");
  CHECK(algorithm(R"({"vocab": [["a", -1.5], ["b", -2]]})") == "Unigram");
  CHECK(algorithm(R"({"vocab": {"a": 0, "b": 1}})").empty());
}

TEST_CASE("SentencePiece's models and tiktoken's ranks are known") {
  for (const auto& [type, name] : {std::pair('\0', "Unigram"), std::pair('\1', "Unigram"),
                                   std::pair('\2', "BPE"), std::pair('\3', "word")}) {
    const auto found = RecognizeForeignModel(SentencePieceModel(7, type));
    REQUIRE(found);
    CHECK(found->library == Library::kSentencePiece);
    CHECK(found->vocab_size == 7);
    CHECK(found->algorithm == name);
  }
  const auto ranks = RecognizeForeignModel("IQ== 0\nIg== 1\nZGVm 2\n");
  REQUIRE(ranks);
  CHECK(ranks->library == Library::kTiktoken);
  CHECK(ranks->vocab_size == 3);
}

TEST_CASE("nothing else is taken for one") {
  Model model;
  for (int byte = 0; byte < 256; ++byte) {
    model.pieces.push_back({std::string(1, static_cast<char>(byte)), 1});
  }
  const std::string whole = SentencePieceModel(3, '\2');
  for (const std::string& bytes :
       {SerializeModel(model), SerializeReferenceJson(model).value(), std::string(),
        std::string("\n"), std::string("{"), std::string("text"), std::string("word 0\nno rank\n"),
        std::string(R"({"model": "a name"})"), std::string(R"({"model": {"vocab": 3}})"),
        whole.substr(0, whole.size() - 1), std::string("\n\x7f{")}) {
    CHECK_FALSE(RecognizeForeignModel(bytes));
  }
}

TEST_CASE("a foreign model given as a model says what it is and what can be done") {
  const TempDir folder;
  const std::string path = folder.File("tokenizer.json");
  const std::string json = R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}})";
  REQUIRE(WriteFile(path, json).ok());
  CHECK(ReadModelFile(path).status().message() ==
        path +
            ": a HuggingFace tokenizer (BPE, vocabulary of 2), not a BytePiece model, and cannot "
            "become one: it merges by rank, where our pieces have counts; \"bytepiece evaluate\" "
            "compares with it, \"bytepiece train --vocab-size 259\" learns a vocabulary");
  CHECK(
      DescribeForeignModel({Library::kTiktoken, "BPE", 50257}) ==
      "a tiktoken vocabulary (BPE, vocabulary of 50257), not a BytePiece model, and cannot become "
      "one: it merges by rank, where our pieces have counts; \"bytepiece train --vocab-size "
      "50257\" learns a vocabulary of its size");
}

}  // namespace
}  // namespace bytepiece
