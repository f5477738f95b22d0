// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/count_header.h"

#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace bytepiece {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

Lines ToLines(const CountHeader& header) {
  Lines lines = {
      {"kind", header.kind == CountKind::kNgrams ? "ngrams" : "pieces"},
      {"order", absl::StrCat(header.order)},
      {"normalization", header.normalization == Normalization::kNfc ? "nfc" : "none"},
      {"isolate_digits", header.isolate_digits ? "true" : "false"},
      {"unit", absl::StrCat(header.unit)},
  };
  // Exact counts are as they were before there were others.
  if (header.prune_while_counting > 0) {
    lines.push_back({"prune_while_counting", absl::StrCat(header.prune_while_counting)});
    lines.push_back({"prune_every", absl::StrCat(header.prune_every)});
  }
  if (header.kind == CountKind::kPieces) {
    lines.push_back({"min_count", absl::StrCat(header.min_count)});
    lines.push_back({"ensure_unicode", header.ensure_unicode ? "true" : "false"});
    lines.push_back({"method", MethodName(header.method)});
    lines.push_back({"ngrams_digest", absl::StrCat(header.ngrams_digest)});
  }
  return lines;
}

// Settings without a line are zero: those of approximate counts in exact ones.
std::string ValueOf(const Lines& lines, const std::string& name) {
  for (const auto& [line_name, value] : lines) {
    if (line_name == name) return value;
  }
  return "0";
}

// The value of `name`, taken out of the map; false if absent or not in range.
template <typename Integer>
bool TakeInteger(std::map<std::string, std::string>* values, const char* name, Integer* value) {
  const auto node = values->extract(name);
  if (node.empty()) return false;
  const std::string& text = node.mapped();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

template <typename Value>
bool TakeChoice(std::map<std::string, std::string>* values, const char* name,
                const std::map<std::string, Value>& choices, Value* value) {
  const auto node = values->extract(name);
  if (node.empty()) return false;
  const auto found = choices.find(node.mapped());
  if (found == choices.end()) return false;
  *value = found->second;
  return true;
}

}  // namespace

std::int64_t CorpusSize::bytes() const {
  std::int64_t sum = 0;
  for (const auto& [weight, bytes] : bytes_by_weight) sum += bytes;
  return sum;
}

CorpusSize& CorpusSize::operator+=(const CorpusSize& other) {
  documents += other.documents;
  for (const auto& [weight, bytes] : other.bytes_by_weight) bytes_by_weight[weight] += bytes;
  return *this;
}

CountHeader NgramHeader(const TrainerSpec& spec, std::int64_t unit) {
  CountHeader header;
  header.order = spec.order;
  header.normalization = spec.normalization;
  header.isolate_digits = spec.isolate_digits;
  header.unit = unit;
  if (spec.prune_while_counting > 0) {
    header.prune_while_counting = spec.prune_while_counting;
    header.prune_every = spec.prune_every;
  }
  return header;
}

CountHeader PieceHeader(const TrainerSpec& spec, std::int64_t unit, std::uint64_t ngrams_digest) {
  CountHeader header = NgramHeader(spec, unit);
  header.kind = CountKind::kPieces;
  header.min_count = spec.min_count;
  header.ensure_unicode = spec.ensure_unicode;
  // How text is segmented with n-grams, which kGrow does as kRecover.
  header.method = spec.method == TrainingMethod::kGrow ? TrainingMethod::kRecover : spec.method;
  header.ngrams_digest = ngrams_digest;
  return header;
}

void SetSpec(const CountHeader& header, TrainerSpec* spec) {
  spec->order = header.order;
  spec->normalization = header.normalization;
  spec->isolate_digits = header.isolate_digits;
  spec->prune_while_counting = header.prune_while_counting;
  spec->prune_every =
      header.prune_while_counting > 0 ? header.prune_every : TrainerSpec().prune_every;
  if (header.kind == CountKind::kNgrams) return;
  spec->min_count = header.min_count;
  spec->ensure_unicode = header.ensure_unicode;
  spec->method = header.method;
}

std::string FormatHeader(const CountHeader& header) {
  std::string text;
  for (const auto& [name, value] : ToLines(header)) absl::StrAppend(&text, name, " ", value, "\n");
  return text;
}

absl::StatusOr<CountHeader> ParseHeader(std::string_view lines) {
  std::map<std::string, std::string> values;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const std::size_t space = std::min(line.find(' '), line.size());
    values[std::string(line.substr(0, space))] =
        std::string(line.substr(std::min(space + 1, line.size())));
  }
  const std::map<std::string, bool> booleans = {{"true", true}, {"false", false}};
  CountHeader header;
  bool good =
      TakeChoice<CountKind>(&values, "kind",
                            {{"ngrams", CountKind::kNgrams}, {"pieces", CountKind::kPieces}},
                            &header.kind) &&
      TakeInteger(&values, "order", &header.order) &&
      TakeChoice<Normalization>(&values, "normalization",
                                {{"nfc", Normalization::kNfc}, {"none", Normalization::kNone}},
                                &header.normalization) &&
      TakeChoice(&values, "isolate_digits", booleans, &header.isolate_digits) &&
      TakeInteger(&values, "unit", &header.unit);
  if (good && values.count("prune_while_counting") > 0) {
    good = TakeInteger(&values, "prune_while_counting", &header.prune_while_counting) &&
           TakeInteger(&values, "prune_every", &header.prune_every) &&
           header.prune_while_counting > 1 && header.prune_every > 0;
  }
  if (good && header.kind == CountKind::kPieces) {
    good = TakeInteger(&values, "min_count", &header.min_count) &&
           TakeChoice(&values, "ensure_unicode", booleans, &header.ensure_unicode) &&
           TakeChoice<TrainingMethod>(
               &values, "method",
               {{"exact", TrainingMethod::kExact}, {"recover", TrainingMethod::kRecover}},
               &header.method) &&
           TakeInteger(&values, "ngrams_digest", &header.ngrams_digest);
  }
  if (!good || header.unit < 1) return absl::DataLossError("its settings are incomplete");
  if (!values.empty()) {
    return absl::DataLossError(absl::StrCat("this program does not know its setting \"",
                                            values.begin()->first, "\"; upgrade bytepiece"));
  }
  return header;
}

absl::Status CheckSameHeader(const std::string& a_name, const CountHeader& a,
                             const std::string& b_name, const CountHeader& b) {
  const Lines a_lines = ToLines(a);
  const Lines b_lines = ToLines(b);
  // Of n-grams and pieces the kinds differ, which comes first; else only what is
  // approximate has lines of its own.
  for (const Lines& lines : {a_lines, b_lines}) {
    for (const auto& [name, value] : lines) {
      const std::string in_a = ValueOf(a_lines, name);
      const std::string in_b = ValueOf(b_lines, name);
      if (in_a == in_b) continue;
      return absl::InvalidArgumentError(
          absl::StrCat(a_name, " has ", name, " ", in_a, ", ", b_name, " has ", name, " ", in_b,
                       "; only counts made with the same options",
                       name == "ngrams_digest" ? " and the same n-gram counts" : "", " add up"));
    }
  }
  return absl::OkStatus();
}

}  // namespace bytepiece
