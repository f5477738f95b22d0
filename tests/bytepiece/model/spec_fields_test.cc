// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/spec_fields.h"

#include <limits>
#include <set>
#include <string>
#include <type_traits>

#include "tests/bytepiece/model/changed_specs.h"
#include "tests/support/catch.h"

namespace bytepiece {
namespace {

std::string RangeError(const TrainerSpec& spec, SpecStep last = SpecStep::kVocabulary) {
  return std::string(CheckSpecRanges(spec, last).message());
}

// This stops compiling when TrainerSpec gets a member, which then needs a field.
TEST_CASE("every option has a field, of names that no other has") {
  [[maybe_unused]] const auto& [order, normalization, isolate_digits, special_tokens,
                                special_token_text, prune_while_counting, prune_every, min_count,
                                ensure_unicode, method, vocab_sizes, max_piece_length,
                                character_coverage, cross_spaces, cross_punctuation, cross_newlines,
                                soft_counts, grow_sample, pad_vocab_to] = TrainerSpec();
  constexpr std::size_t kMembers = 19;
  std::set<std::string> names;
  std::set<std::string> options;
  VisitSpecFields([&](const SpecField& field, auto) {
    names.insert(field.name);
    options.insert(field.option + std::string(field.off_name == nullptr ? "" : field.off_name));
  });
  CHECK(names.size() == kMembers);
  CHECK(options.size() == kMembers);
  CHECK(names.count("pad_vocab_to") == 1);
}

TEST_CASE("changing a field changes the member of its name, and no other") {
  ForEachChangedSpec(TrainerSpec(), [](const SpecField& changed, const TrainerSpec& spec) {
    VisitSpecFields([&](const SpecField& field, auto member) {
      CAPTURE(changed.name, field.name);
      const bool same = spec.*member == TrainerSpec().*member;
      CHECK(same == (std::string(changed.name) != field.name));
    });
  });
}

TEST_CASE("a text is read as the value it was written from") {
  ForEachChangedSpec(TrainerSpec(), [](const SpecField&, const TrainerSpec& spec) {
    VisitSpecFields([&](const SpecField& field, auto member) {
      const std::string text = SpecText(spec.*member);
      CAPTURE(field.name, text);
      CHECK(text.find('\n') == std::string::npos);
      auto value = (TrainerSpec().*member);
      REQUIRE(ParseSpecText(text, &value));
      CHECK((value == spec.*member));
    });
  });
  CHECK(SpecText(0.9995) == "0.9995");
  CHECK(SpecText(std::vector<std::int64_t>{8000, 32000}) == "8000,32000");
  CHECK(SpecText(std::vector<std::string>{"<a>", "\""}) == "[\"<a>\",\"\\\"\"]");
}

TEST_CASE("other texts have no value") {
  for (const std::string text : {"", "x", "1x", " 1", "1e999", "TRUE", "[1]", "[", "1,,2", "{}"}) {
    CAPTURE(text);
    VisitSpecFields([&](const SpecField& field, auto member) {
      auto value = (TrainerSpec().*member);
      CAPTURE(field.name);
      const bool is_list = std::is_same_v<decltype(value), std::vector<std::int64_t>>;
      CHECK(ParseSpecText(text, &value) == (is_list && text.empty()));
    });
  }
}

TEST_CASE("numbers are allowed from the least to the most, and not beyond") {
  VisitSpecFields([&](const SpecField& field, auto member) {
    using Value = std::decay_t<decltype(TrainerSpec().*member)>;
    if constexpr (std::is_arithmetic_v<Value> && !std::is_same_v<Value, bool>) {
      CAPTURE(field.name);
      TrainerSpec spec;
      spec.*member = static_cast<Value>(field.least);
      CHECK(RangeError(spec) == "");
      spec.*member = static_cast<Value>(field.least - 1);
      CHECK_THAT(RangeError(spec), Contains(std::string(field.option)));
      const bool has_most = field.most != std::numeric_limits<std::int64_t>::max();
      spec.*member = static_cast<Value>(field.most);
      CHECK(RangeError(spec) == "");
      if (!has_most) return;
      spec.*member = static_cast<Value>(field.most + 1);
      CHECK_THAT(RangeError(spec), Contains("; change " + std::string(field.option)));
    }
  });
}

TEST_CASE("options that come after the step asked for are not looked at") {
  TrainerSpec spec;
  spec.min_count = 0;
  CHECK(RangeError(spec, SpecStep::kNgrams) == "");
  CHECK_THAT(RangeError(spec, SpecStep::kPieces),
             Contains("minimal count 0 is outside 1..1000000000000"));
}

}  // namespace
}  // namespace bytepiece
