// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/count_header.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "tests/bytepiece/model/changed_specs.h"
#include "tests/support/catch.h"

namespace bytepiece {
namespace {

// As the first versions wrote them (commit 9637d57).
constexpr char kPlainNgrams[] =
    "kind ngrams\norder 6\nnormalization nfc\nisolate_digits false\nunit 1\n";
constexpr char kPlainPieces[] =
    "kind pieces\norder 6\nnormalization nfc\nisolate_digits false\nunit 1\nmin_count 3\n"
    "ensure_unicode true\nmethod recover\nngrams_digest 8068020024198884226\n";
constexpr char kPrunedPieces[] =
    "kind pieces\norder 5\nnormalization none\nisolate_digits true\nunit 3\n"
    "prune_while_counting 3\nprune_every 102400\nmin_count 2\nensure_unicode false\n"
    "method exact\nngrams_digest 12262775010534970137\n";

TEST_CASE("headers are read as they were written, and differences are named") {
  TrainerSpec spec;
  spec.order = 5;
  spec.method = TrainingMethod::kExact;
  const CountHeader pieces = PieceHeader(spec, 7, 1234567890123456789u);
  CHECK(*ParseHeader(FormatHeader(pieces)) == pieces);
  TrainerSpec read;
  SetSpec(pieces, &read);
  CHECK(read == spec);
  spec.normalization = Normalization::kNone;
  const CountHeader none = NgramHeader(spec, 7);
  CHECK(*ParseHeader(FormatHeader(none)) == none);
  spec.normalization = Normalization::kNfc;
  CHECK(CheckSameHeader("a", none, "b", none).ok());
  CHECK(CheckSameHeader("a", none, "b", NgramHeader(spec, 7)).message() ==
        "a has normalization none, b has normalization nfc; only counts made with the same options "
        "add up");
  CHECK_THAT(std::string(CheckSameHeader("a", pieces, "b", PieceHeader(spec, 7, 2)).message()),
             Contains("the same n-gram counts"));
  TrainerSpec approximate = spec;
  approximate.prune_while_counting = 4;
  approximate.prune_every = 1000;
  for (const CountHeader& header : {NgramHeader(approximate, 1), PieceHeader(approximate, 1, 5)}) {
    CHECK(*ParseHeader(FormatHeader(header)) == header);
    TrainerSpec adopted;
    SetSpec(header, &adopted);
    CHECK(adopted.prune_while_counting == 4);
    CHECK(adopted.prune_every == 1000);
    SetSpec(pieces, &adopted);
    CHECK(adopted.prune_while_counting == 0);
    CHECK(adopted.prune_every == TrainerSpec().prune_every);
  }
  const std::string refusal = "a has prune_while_counting 4, b has prune_while_counting 0; only";
  CHECK_THAT(
      std::string(
          CheckSameHeader("a", NgramHeader(approximate, 7), "b", NgramHeader(spec, 7)).message()),
      Contains(refusal));
  CHECK_THAT(
      std::string(
          CheckSameHeader("b", NgramHeader(spec, 7), "a", NgramHeader(approximate, 7)).message()),
      Contains("a has prune_while_counting 4"));
  TrainerSpec rarer = approximate;
  rarer.prune_every = 2000;
  CHECK_THAT(
      std::string(
          CheckSameHeader("a", NgramHeader(approximate, 7), "b", NgramHeader(rarer, 7)).message()),
      Contains("a has prune_every 1000, b has prune_every 2000"));
  for (const char* more :
       {"prune_while_counting 1\nprune_every 5\n", "prune_every 5\n", "prune_while_counting 2\n"}) {
    CHECK_FALSE(ParseHeader(FormatHeader(none) + more).ok());
  }
  for (const char* bad : {"", "kind ngrams\n", "nonsense"}) CHECK_FALSE(ParseHeader(bad).ok());
  CHECK_THAT(std::string(ParseHeader(FormatHeader(none) + "news 1\n").status().message()),
             Contains("\"news\""));
}

TEST_CASE("headers of earlier versions are read, and written as they were") {
  for (const std::string lines : {kPlainNgrams, kPlainPieces, kPrunedPieces}) {
    const absl::StatusOr<CountHeader> header = ParseHeader(lines);
    CAPTURE(lines, header.status().message());
    REQUIRE(header.ok());
    CHECK(FormatHeader(*header) == lines);
  }
  TrainerSpec spec;
  CHECK(FormatHeader(NgramHeader(spec, 1)) == kPlainNgrams);
  spec.min_count = 3;
  CHECK(FormatHeader(PieceHeader(spec, 1, 8068020024198884226u)) == kPlainPieces);
  spec = {.order = 5,
          .normalization = Normalization::kNone,
          .isolate_digits = true,
          .prune_while_counting = 3,
          .prune_every = 102400,
          .ensure_unicode = false,
          .method = TrainingMethod::kExact};
  CHECK(FormatHeader(PieceHeader(spec, 3, 12262775010534970137u)) == kPrunedPieces);
}

TEST_CASE("a header has the options that decide its counts, and no others") {
  TrainerSpec base;
  base.method = TrainingMethod::kRecover;
  base.prune_while_counting = 9;
  base.special_tokens = {"<|x|>"};
  ForEachChangedSpec(base, [&](const SpecField& field, const TrainerSpec& spec) {
    CAPTURE(field.name);
    CHECK((NgramHeader(spec, 1) == NgramHeader(base, 1)) == (field.step > SpecStep::kNgrams));
    CHECK((PieceHeader(spec, 1, 5) == PieceHeader(base, 1, 5)) == (field.step > SpecStep::kPieces));
    const CountHeader header = PieceHeader(spec, 1, 5);
    REQUIRE(ParseHeader(FormatHeader(header)).ok());
    CHECK(*ParseHeader(FormatHeader(header)) == header);
    TrainerSpec adopted = base;
    SetSpec(header, &adopted);
    CHECK((adopted == spec) == (field.step <= SpecStep::kPieces));
  });
}

TEST_CASE("special tokens are in a header if they are boundaries") {
  TrainerSpec spec;
  const CountHeader without = NgramHeader(spec, 1);
  spec.special_tokens = {"<|a b|>", "\n"};
  const CountHeader with = NgramHeader(spec, 1);
  CHECK(FormatHeader(with) == std::string(kPlainNgrams) +
                                  "special_tokens [\"<|a b|>\",\"\\n\"]\n"
                                  "special_token_text boundary\n");
  CHECK(CheckSameHeader("a", with, "b", without).message() ==
        "a has special_tokens [\"<|a b|>\",\"\\n\"], b has special_tokens []; only counts made "
        "with the same options add up");
  spec.special_token_text = SpecialTokenText::kPlain;
  CHECK(NgramHeader(spec, 1) == without);

  TrainerSpec adopted;
  SetSpec(with, &adopted);
  CHECK(adopted.special_tokens == spec.special_tokens);
  CHECK(adopted.special_token_text == SpecialTokenText::kBoundary);
  SetSpec(without, &adopted);
  CHECK(adopted == spec);
  SetSpec(without, &(adopted = TrainerSpec()));
  CHECK(adopted == TrainerSpec());
}

TEST_CASE("a header whose options are out of range is refused by name") {
  const auto refusal = [](const char* line, const char* changed) {
    const std::string lines = absl::StrReplaceAll(kPlainPieces, {{line, changed}});
    return std::string(ParseHeader(lines).status().message());
  };
  CHECK_THAT(refusal("order 6", "order -2"), Contains("order -2 is outside 2..7"));
  CHECK_THAT(refusal("order 6", "order 8"), Contains("order 8 is outside 2..7"));
  CHECK_THAT(refusal("min_count 3", "min_count 0"), Contains("minimal count 0 is outside 1.."));
  for (const char* other : {"order +6", "order 06", "order 6 ", "order  6", "order", "order six"}) {
    CAPTURE(other);
    CHECK_FALSE(refusal("order 6", other).empty());
  }
  CHECK_FALSE(refusal("method recover", "method grown").empty());
  CHECK_FALSE(refusal("unit 1", "unit 0").empty());
  CHECK(refusal("unit 1", "unit 1000000").empty());
  CHECK_THAT(refusal("unit 1", "unit 1000001"), Contains("unit 1000001 is outside 1..1000000"));
  CHECK_THAT(refusal("min_count 3", "min_count 1000000000001"), Contains("is outside 1.."));
}

}  // namespace
}  // namespace bytepiece
