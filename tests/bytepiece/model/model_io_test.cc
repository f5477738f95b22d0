// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/model_io.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytepiece/io/atomic_file.h"
#include "bytepiece/model/model_json.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

// Protocol Buffers by hand, from their definition: what a file should be, and
// what it should not.
std::string Varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}
std::string Number(int field, std::uint64_t value) {
  return Varint(static_cast<std::uint64_t>(field) << 3) + Varint(value);
}
std::string Bytes(int field, std::string_view bytes) {
  return Varint(static_cast<std::uint64_t>(field) << 3 | 2) + Varint(bytes.size()) +
         std::string(bytes);
}
std::string Fixed64(int field, std::uint64_t value) {
  std::string bytes = Varint(static_cast<std::uint64_t>(field) << 3 | 1);
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}
std::uint64_t Fnv1a(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

// A file whose checksum is right, whatever its body.
std::string Sealed(const std::string& body, std::uint64_t version = 1) {
  return "\x0D"
         "BPM1" +
         Number(2, version) + Fixed64(3, Fnv1a(body)) + body;
}
constexpr std::size_t kHeaderSize = 16;

std::string PieceField(std::string_view bytes, std::int64_t count, std::int64_t id) {
  return Bytes(7, Bytes(1, bytes) + Number(2, static_cast<std::uint64_t>(count)) +
                      Number(3, static_cast<std::uint64_t>(id)));
}
std::string AllBytes() {
  std::string fields;
  for (int byte = 0; byte < 256; ++byte) {
    fields += PieceField(std::string(1, static_cast<char>(byte)), 1, byte + 3);
  }
  return fields;
}
const std::string kNfcField = Bytes(4, Number(1, 2));

// With a trainer's settings all unlike their defaults.
Model FullModel() {
  Model model = MakeModel({{"ab", 7}, {"\u4E2D", std::int64_t{1} << 40}}, Normalization::kNfc);
  model.pieces_are_unicode = true;
  model.special_tokens = {{"<user>", false}, {"\u4E2D", false}, {"<reserved_0>", true}};
  Provenance provenance;
  provenance.spec.method = TrainingMethod::kExact;
  provenance.spec.order = 5;
  provenance.spec.vocab_sizes = {32000, std::int64_t{1} << 33, 259};
  provenance.spec.max_piece_length = 65535;
  provenance.spec.min_count = std::int64_t{1} << 34;
  provenance.spec.isolate_digits = true;
  provenance.spec.ensure_unicode = false;
  provenance.spec.normalization = Normalization::kNone;
  provenance.spec.special_tokens = {"<user>", "\u4E2D"};
  provenance.spec.pad_vocab_to = 64;
  provenance.vocab_size = 32000;
  provenance.corpus_documents = std::int64_t{1} << 35;
  provenance.corpus_bytes = std::int64_t{1} << 45;
  model.provenance = provenance;
  return model;
}

Model WholeModel() {
  Model model = FullModel();
  SetScores(ScoreKind::kWhole, &model);
  return model;
}

std::string Refusal(std::string_view bytes) {
  return std::string(ParseModel(bytes).status().message());
}

TEST_CASE("models come back from the file as they were") {
  std::vector<Model> models = {MakeModel({}), MakeMixedModel(), FullModel()};
  models.push_back(FullModel());
  models.back().provenance->spec = TrainerSpec();
  for (const TrainingMethod method : {TrainingMethod::kRecover, TrainingMethod::kGrow}) {
    models.push_back(FullModel());
    models.back().provenance->spec.method = method;
    models.back().provenance->spec.character_coverage = 0.25;
  }
  models.push_back(FullModel());
  models.back().provenance->spec.prune_while_counting = 5;
  models.push_back(models.back());
  models.back().provenance->spec.prune_every = 12345;
  models.back().provenance->mixture = {{2, 3, 1}, {1, 1, (std::int64_t{1} << 45) - 8}, {5, 1, 7}};
  for (bool TrainerSpec::*crossing : {&TrainerSpec::cross_spaces, &TrainerSpec::cross_punctuation,
                                      &TrainerSpec::cross_newlines}) {
    models.push_back(FullModel());
    models.back().provenance->spec.*crossing = false;
  }
  models.push_back(FullModel());
  models.back().provenance->spec.soft_counts = true;
  models.push_back(MakeModel({{std::string(kMaxPieceLength, 'a'), 1}}));
  models.push_back(WholeModel());
  models.back().whole_scores[7] = -1234;  // not that of its count
  for (const Model& model : models) {
    const std::string bytes = SerializeModel(model);
    const absl::StatusOr<Model> back = ParseModel(bytes);
    CAPTURE(back.status().message());
    REQUIRE(back.ok());
    CHECK((*back == model));
    CHECK((SerializeModel(*back) == bytes));
  }
}

// Their bytes do not change because another method came to be.
TEST_CASE("character coverage is written for the method that knows it") {
  const auto size = [](TrainingMethod method) {
    Model model = FullModel();
    model.provenance->spec.method = method;
    return SerializeModel(model).size();
  };
  CHECK(size(TrainingMethod::kRecover) == size(TrainingMethod::kExact));
  CHECK(size(TrainingMethod::kGrow) == size(TrainingMethod::kExact) + 9);
}

TEST_CASE("the file is what its definition says") {
  Model model = MakeModel({{"ab", 300}}, Normalization::kNfc);
  model.pieces_are_unicode = true;
  model.special_tokens = {{"<a>", false}, {"<b>", true}};
  const std::string body = kNfcField + Number(6, 1) + AllBytes() + PieceField("ab", 300, 259) +
                           Bytes(8, Number(1, 260) + Bytes(2, "<a>")) +
                           Bytes(8, Number(1, 261) + Bytes(2, "<b>") + Number(3, 1));
  CHECK((SerializeModel(model) == Sealed(body)));
}

TEST_CASE("whole scores are stored as their definition says") {
  Model model = MakeModel({{"ab", 300}}, Normalization::kNfc);
  model.whole_scores.assign(257, 0);
  model.whole_scores[0] = -2047;
  model.whole_scores[256] = -130;
  const std::string scores = Varint(2047) + std::string(255, '\0') + Varint(130);
  const std::string body = kNfcField + AllBytes() + PieceField("ab", 300, 259) + Bytes(9, scores);
  CHECK((SerializeModel(model) == Sealed(body, 2)));
}

TEST_CASE("whole scores belong to version 2, one for each piece, in their range") {
  const std::string body = kNfcField + AllBytes();
  const std::string zeros(256, '\0');
  const auto refusal = [&](std::string_view scores, std::uint64_t version = 2) {
    return Refusal(Sealed(body + Bytes(9, scores), version));
  };
  CHECK(refusal(zeros) == "");
  CHECK(ParseModel(Sealed(body + Bytes(9, zeros), 2))->whole_scores.size() == 256);
  CHECK(refusal(zeros.substr(1) + Varint(2047)) == "");
  CHECK_THAT(refusal(zeros.substr(1) + Varint(2048)),
             Contains("a whole score of -2048, below -2047"));
  CHECK_THAT(refusal(zeros.substr(1) + Varint(0xFFFFFFFF)), Contains("below -2047"));
  CHECK_THAT(refusal(zeros.substr(1)), Contains("there are 255 whole scores for 256 pieces"));
  CHECK_THAT(refusal(zeros + '\0'), Contains("there are 257 whole scores for 256 pieces"));
  CHECK_THAT(refusal(""), Contains("the whole scores of its format version are missing"));
  CHECK_THAT(refusal(zeros, 1), Contains("whole scores, which its format version does not know"));
}

TEST_CASE("every truncation and every changed byte is refused") {
  const std::string bytes = SerializeModel(GENERATE(FullModel(), WholeModel()));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    REQUIRE_FALSE(ParseModel(std::string_view(bytes).substr(0, size)).ok());
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CAPTURE(i);
    for (int change = 1; change < 256; change += i < kHeaderSize ? 1 : 37) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ change);
      REQUIRE_FALSE(ParseModel(damaged).ok());
    }
  }
  CHECK_FALSE(ParseModel(bytes + '\0').ok());
  CHECK_FALSE(ParseModel(bytes + bytes).ok());
}

// What a checksum does not stop: someone who computes it.
TEST_CASE("a forged file gives an error or a valid model") {
  const std::uint64_t seed = 11;
  CAPTURE(seed);
  RandomText random(seed);
  const std::uint64_t version = GENERATE(1, 2);
  const Model whole_or_not = version == 2 ? WholeModel() : FullModel();
  const std::string body = SerializeModel(whole_or_not).substr(kHeaderSize);
  const auto check = [&](const std::string& forged) {
    const absl::StatusOr<Model> model = ParseModel(Sealed(forged, version));
    if (!model.ok()) {
      REQUIRE_FALSE(model.status().message().empty());
      return false;
    }
    REQUIRE(ValidateModel(*model).ok());
    const absl::StatusOr<Model> again = ParseModel(SerializeModel(*model));
    REQUIRE(again.ok());
    REQUIRE((*again == *model));
    return true;
  };
  REQUIRE(check(body));
  for (std::size_t size = 0; size < body.size(); ++size) check(body.substr(0, size));
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (const char value :
         {'\0', '\x01', '\x7F', '\x80', '\xFF', static_cast<char>(body[i] ^ 8)}) {
      std::string forged = body;
      forged[i] = value;
      check(forged);
    }
  }
  for (int i = 0; i < 2000; ++i) {
    std::string forged = body;
    const std::size_t at = random.Below(forged.size());
    const std::size_t length = random.Below(std::min<std::size_t>(forged.size() - at, 40));
    forged.replace(at, length, random.Bytes(random.Below(20)));
    check(forged);
    check(random.Bytes(random.Below(200)));
  }
}

TEST_CASE("other files are no models") {
  CHECK(Refusal("") == "not a BytePiece model");
  CHECK(Refusal("BPM1") == "not a BytePiece model");
  CHECK(Refusal(std::string(100, '\0')) == "not a BytePiece model");
  CHECK(Refusal("#!/bin/sh\n") == "not a BytePiece model");
}

TEST_CASE("a later version is refused before anything else is looked at") {
  for (const int version : {3, 100, 127, 128, 1000000}) {
    CHECK_THAT(Refusal("\x0D"
                       "BPM1" +
                       Number(2, static_cast<std::uint64_t>(version)) + "\xFF\xFF"),
               Contains("later version than 2") && Contains("upgrade"));
  }
}

TEST_CASE("hostile lengths take neither memory nor time") {
  const std::string max = Varint(std::numeric_limits<std::uint64_t>::max());
  for (const std::string& length :
       {Varint(0x7FFFFFFF), Varint(0xFFFFFFFF), max, max.substr(0, 9) + "\xFF\x01"}) {
    for (int field = 4; field < 10; ++field) {
      const std::string tag = Varint(static_cast<std::uint64_t>(field) << 3 | 2);
      CHECK_FALSE(ParseModel(Sealed(tag + length)).ok());
      CHECK_FALSE(ParseModel(Sealed(kNfcField + AllBytes() + tag + length + "abc")).ok());
      CHECK_FALSE(ParseModel(Sealed(Bytes(7, "\x0A" + length))).ok());
    }
  }
  // Groups within groups, which an old parser followed down to the end of its stack.
  CHECK_FALSE(ParseModel(Sealed(std::string(1000000, '\x7B'))).ok());
  std::string nested;
  for (int i = 0; i < 1000; ++i) nested = Bytes(10, nested);
  CHECK_FALSE(ParseModel(Sealed(kNfcField + AllBytes() + nested)).ok());
}

TEST_CASE("what the format does not allow is refused by name") {
  REQUIRE(ParseModel(Sealed(kNfcField + AllBytes())).ok());
  const auto refusal = [](const std::string& more) {
    return Refusal(Sealed(kNfcField + AllBytes() + more));
  };
  CHECK_THAT(Refusal(Sealed(AllBytes())), Contains("unknown normalisation"));
  CHECK_THAT(refusal(Bytes(4, Number(1, 3))), Contains("unknown normalisation"));
  CHECK_THAT(refusal(Bytes(4, Number(2, 3))), Contains("does not know"));
  CHECK_THAT(refusal(Number(10, 1)), Contains("does not know"));
  CHECK_THAT(refusal(Bytes(7, Bytes(1, "ab") + Number(2, 1) + Number(3, 259) + Number(4, 1))),
             Contains("does not know"));
  CHECK_THAT(refusal(Bytes(8, Bytes(2, "<a>") + Number(1, 259) + Number(4, 1))),
             Contains("does not know"));
  CHECK_THAT(refusal(PieceField("ab", 1, 260)), Contains("3, 4, 5"));
  CHECK_THAT(refusal(PieceField("ab", 1, -1)), Contains("3, 4, 5"));
  CHECK_THAT(refusal(Bytes(8, Bytes(2, "<a>") + Number(1, 3))), Contains("special tokens' ids"));
  CHECK_THAT(refusal(PieceField("ab", -1, 259)), Contains("\"ab\" has count -1"));
  CHECK_THAT(refusal(PieceField("a", 1, 259)), Contains("\"a\" occurs twice"));
  CHECK_THAT(refusal(PieceField("\xFF\xFE", 1, 259) + Number(6, 1)), Contains("not valid UTF-8"));
  CHECK_THAT(refusal(Bytes(8, Bytes(2, "\xFF") + Number(1, 259))), Contains("not valid UTF-8"));
}

TEST_CASE("provenance is checked") {
  const std::string trainer = Number(1, 1) + Number(2, 6) + Bytes(10, Number(1, 2));
  const auto refusal = [&](const std::string& settings, const std::string& more) {
    return Refusal(Sealed(kNfcField + Bytes(5, Bytes(1, settings) + more) + AllBytes()));
  };
  const std::string digest = Fixed64(5, Fnv1a(trainer));
  CHECK(refusal(trainer, digest).empty());
  CHECK_THAT(refusal(trainer, ""), Contains("digest"));
  CHECK_THAT(refusal(trainer + Number(2, 5), digest), Contains("digest"));
  CHECK_THAT(refusal(trainer + Number(1, 9), digest), Contains("unknown training method"));
  CHECK_THAT(refusal(trainer + Number(77, 9), digest), Contains("does not know"));
  const auto text = [](std::int64_t numerator, std::int64_t denominator, std::int64_t bytes) {
    return Bytes(6, Number(1, numerator) + Number(2, denominator) + Number(3, bytes));
  };
  const std::string nine = digest + Number(4, 9);
  CHECK(refusal(trainer, nine + text(1, 2, 4) + text(3, 1, 5)).empty());
  CHECK_THAT(refusal(trainer, nine + text(1, 2, 4)), Contains("not all of the corpus"));
  CHECK_THAT(refusal(trainer, nine + text(1, 2, 10)), Contains("mixture"));
  CHECK_THAT(refusal(trainer, nine + text(0, 2, 9)), Contains("mixture"));
  CHECK_THAT(refusal(trainer, nine + text(1, -1, 9)), Contains("mixture"));
  CHECK_THAT(refusal(trainer, nine + Bytes(6, Number(9, 1))), Contains("does not know"));
  for (int field = 2; field <= 4; ++field) {
    CHECK_THAT(refusal(trainer, digest + Number(field, static_cast<std::uint64_t>(-1))),
               Contains("negative"));
  }
}

TEST_CASE("the digest tells settings apart") {
  const TrainerSpec spec;
  TrainerSpec other = spec;
  CHECK(OptionsDigest(spec) == OptionsDigest(other));
  other.special_tokens = {""};
  CHECK(OptionsDigest(spec) != OptionsDigest(other));
  other = spec;
  other.normalization = Normalization::kNone;
  CHECK(OptionsDigest(spec) != OptionsDigest(other));
  other = spec;
  other.vocab_sizes = {8000, 4000};
  CHECK(OptionsDigest(spec) != OptionsDigest(other));
  other = spec;
  other.prune_while_counting = 2;
  CHECK(OptionsDigest(spec) != OptionsDigest(other));
}

TEST_CASE("a model file of either format is recognised") {
  const TempDir folder;
  const Model model = MakeModel({{"ab", 7}}, Normalization::kNfc);
  const std::string path = folder.File("model");
  REQUIRE(WriteModelFile(path, model).ok());
  CHECK((*ReadModelFile(path) == model));
  folder.Write("model.json", "\r\n\t " + *SerializeReferenceJson(model));
  CHECK((ReadModelFile(folder.File("model.json"))->pieces == model.pieces));
}

TEST_CASE("errors of model files name the file") {
  const TempDir folder;
  const auto refusal = [](const std::string& path) {
    return std::string(ReadModelFile(path).status().message());
  };
  const std::string other = folder.Write("other", "text");
  CHECK(refusal(other) == other + ": not a BytePiece model");
  CHECK_THAT(refusal(folder.Write("json", "{\"a\": 1}")), Contains("json: piece \"a\""));
  CHECK_THAT(refusal(folder.File("none")), Contains("none: No such file"));
  CHECK_THAT(refusal(folder.path()), Contains("is a directory"));
  CHECK_FALSE(WriteModelFile(other, Model()).ok());  // never to be read again
  CHECK(*ReadFile(other) == "text");
}

}  // namespace
}  // namespace bytepiece
