// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/count_header.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "bytepiece/base/checked_math.h"
#include "bytepiece/model/spec_fields.h"
#include "corpus/document_source.h"

namespace bytepiece {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

SpecStep StepOf(CountKind kind) {
  return kind == CountKind::kNgrams ? SpecStep::kNgrams : SpecStep::kPieces;
}

const char* NameOf(CountKind kind) { return kind == CountKind::kNgrams ? "ngrams" : "pieces"; }

// Calls visit(field, member) for the options that decide counts of the kind.
template <typename Visit>
void VisitDeciding(CountKind kind, Visit&& visit) {
  VisitSpecFields([&](const SpecField& field, auto member) {
    if (field.step <= StepOf(kind)) visit(field, member);
  });
}

// Whether files have a line for it: what came later is left out where it says nothing.
template <typename Member>
bool HasLine(const SpecField& field, const TrainerSpec& spec, Member member) {
  if (!field.later) return true;
  return field.matters != nullptr ? field.matters(spec) : spec.*member != TrainerSpec().*member;
}

// The lines of a file; `all`: also those that it leaves out.
Lines ToLines(const CountHeader& header, bool all) {
  constexpr int kUnitLine = 4;  // after the n-gram options that the first version had
  Lines lines = {{"kind", NameOf(header.kind)}};
  VisitDeciding(header.kind, [&](const SpecField& field, auto member) {
    if (all || HasLine(field, header.spec, member)) {
      lines.push_back({field.name, SpecText(header.spec.*member)});
    }
  });
  lines.insert(lines.begin() + kUnitLine, {"unit", absl::StrCat(header.unit)});
  if (header.kind == CountKind::kPieces) {
    lines.push_back({"ngrams_digest", absl::StrCat(header.ngrams_digest)});
  }
  return lines;
}

using Values = std::map<std::string, std::string>;

Values SplitLines(std::string_view lines) {
  Values values;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const std::size_t space = std::min(line.find(' '), line.size());
    values[std::string(line.substr(0, space))] =
        std::string(line.substr(std::min(space + 1, line.size())));
  }
  return values;
}

// The value of `name`, taken out of the map; false if it is absent or none.
template <typename Value>
bool TakeValue(const char* name, Values* values, Value* value) {
  const auto node = values->extract(name);
  return !node.empty() && ParseSpecText(node.mapped(), value);
}

bool TakeKind(Values* values, CountKind* kind) {
  const auto node = values->extract("kind");
  if (node.empty()) return false;
  *kind = node.mapped() == NameOf(CountKind::kPieces) ? CountKind::kPieces : CountKind::kNgrams;
  return node.mapped() == NameOf(*kind);
}

bool TakeDigest(Values* values, std::uint64_t* digest) {
  const auto node = values->extract("ngrams_digest");
  return !node.empty() && absl::SimpleAtoi(node.mapped(), digest);
}

// All that the header has a place for; false if something is missing or no value.
bool TakeHeader(Values* values, CountHeader* header) {
  if (!TakeKind(values, &header->kind)) return false;
  bool good = TakeValue("unit", values, &header->unit);
  VisitDeciding(header->kind, [&](const SpecField& field, auto member) {
    if (field.later && values->count(field.name) == 0) return;
    good = TakeValue(field.name, values, &(header->spec.*member)) && good;
  });
  if (header->kind == CountKind::kPieces) good = TakeDigest(values, &header->ngrams_digest) && good;
  return good;
}

CountHeader MakeHeader(CountKind kind, const TrainerSpec& spec, std::int64_t unit) {
  CountHeader header;
  header.kind = kind;
  header.unit = unit;
  VisitDeciding(kind, [&](const SpecField& field, auto member) {
    if (field.Matters(spec)) header.spec.*member = spec.*member;
  });
  // Special tokens that are plain text decide no count.
  if (spec.special_token_text == SpecialTokenText::kPlain) {
    header.spec.special_tokens = {};
    header.spec.special_token_text = TrainerSpec().special_token_text;
  }
  // How text is segmented with n-grams, which kGrow does as kRecover.
  if (kind == CountKind::kPieces && spec.method == TrainingMethod::kGrow) {
    header.spec.method = TrainingMethod::kRecover;
  }
  return header;
}

}  // namespace

std::int64_t CorpusSize::bytes() const {
  std::int64_t sum = 0;
  for (const auto& [weight, bytes] : bytes_by_weight) sum += bytes;
  return sum;
}

std::int64_t CorpusSize::weighted_bytes() const {
  std::int64_t sum = 0;
  for (const auto& [weight, bytes] : bytes_by_weight) sum += bytes * weight;
  return sum;
}

bool CorpusSize::Fits() const {
  std::int64_t sum = 0;
  std::int64_t weighted = 0;
  for (const auto& [weight, bytes] : bytes_by_weight) {
    if (!AddTo(bytes, &sum) || !AddProduct(bytes, weight, &weighted)) return false;
  }
  return true;
}

bool CorpusSize::Add(const CorpusSize& other) {
  bool fits = AddTo(other.documents, &documents);
  for (const auto& [weight, bytes] : other.bytes_by_weight) {
    fits = AddTo(bytes, &bytes_by_weight[weight]) && fits;
  }
  return fits && Fits();
}

CountHeader NgramHeader(const TrainerSpec& spec, std::int64_t unit) {
  return MakeHeader(CountKind::kNgrams, spec, unit);
}

CountHeader PieceHeader(const TrainerSpec& spec, std::int64_t unit, std::uint64_t ngrams_digest) {
  CountHeader header = MakeHeader(CountKind::kPieces, spec, unit);
  header.ngrams_digest = ngrams_digest;
  return header;
}

void SetSpec(const CountHeader& header, TrainerSpec* spec) {
  std::vector<std::string> special_tokens = std::move(spec->special_tokens);
  VisitDeciding(header.kind,
                [&](const SpecField&, auto member) { spec->*member = header.spec.*member; });
  // Counts without boundaries serve any special tokens, as plain text.
  if (header.spec.special_tokens.empty() && !special_tokens.empty()) {
    spec->special_tokens = std::move(special_tokens);
    spec->special_token_text = SpecialTokenText::kPlain;
  }
}

std::string FormatHeader(const CountHeader& header) {
  std::string text;
  for (const auto& [name, value] : ToLines(header, /*all=*/false)) {
    absl::StrAppend(&text, name, " ", value, "\n");
  }
  return text;
}

absl::StatusOr<CountHeader> ParseHeader(std::string_view lines) {
  Values values = SplitLines(lines);
  CountHeader header;
  const bool complete = TakeHeader(&values, &header);
  if (complete && !values.empty()) {
    return absl::DataLossError(absl::StrCat("this program does not know its setting \"",
                                            values.begin()->first, "\"; upgrade bytepiece"));
  }
  // Written again it is the same: no line is missing, no value of another form.
  if (!complete || header.unit < 1 || FormatHeader(header) != lines) {
    return absl::DataLossError("its settings are incomplete");
  }
  if (absl::Status status = CheckSpecRanges(header.spec, StepOf(header.kind)); !status.ok()) {
    // What follows the cause is about an option, which a file has none of.
    const std::string cause(status.message());
    return absl::DataLossError(
        absl::StrCat("its settings cannot be: ", cause.substr(0, cause.find(';'))));
  }
  if (header.unit > kMaxWeightUnit) {
    return absl::DataLossError(absl::StrCat("its settings cannot be: unit ", header.unit,
                                            " is outside 1..", kMaxWeightUnit));
  }
  return header;
}

absl::Status CheckSameHeader(const std::string& a_name, const CountHeader& a,
                             const std::string& b_name, const CountHeader& b) {
  const Lines a_lines = ToLines(a, /*all=*/true);
  const Lines b_lines = ToLines(b, /*all=*/true);
  // The lines have the same names, unless the kinds differ, which come first.
  for (std::size_t i = 0; i < std::min(a_lines.size(), b_lines.size()); ++i) {
    const auto& [name, in_a] = a_lines[i];
    const std::string& in_b = b_lines[i].second;
    if (in_a == in_b) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(a_name, " has ", name, " ", in_a, ", ", b_name, " has ", name, " ", in_b,
                     "; only counts made with the same options",
                     name == "ngrams_digest" ? " and the same n-gram counts" : "", " add up"));
  }
  return absl::OkStatus();
}

}  // namespace bytepiece
