// SPDX-License-Identifier: Apache-2.0
#include "trainer/count_header.h"

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
  if (header.kind == CountKind::kPieces) {
    lines.push_back({"min_count", absl::StrCat(header.min_count)});
    lines.push_back({"ensure_unicode", header.ensure_unicode ? "true" : "false"});
    lines.push_back({"method", MethodName(header.method)});
    lines.push_back({"ngrams_digest", absl::StrCat(header.ngrams_digest)});
  }
  return lines;
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

CountHeader NgramHeader(const TrainerSpec& spec, std::int64_t unit) {
  CountHeader header;
  header.order = spec.order;
  header.normalization = spec.normalization;
  header.isolate_digits = spec.isolate_digits;
  header.unit = unit;
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
  for (std::size_t i = 0; i < std::min(a_lines.size(), b_lines.size()); ++i) {
    if (a_lines[i] == b_lines[i]) continue;
    const std::string& name = a_lines[i].first;
    return absl::InvalidArgumentError(
        absl::StrCat(a_name, " has ", name, " ", a_lines[i].second, ", ", b_name, " has ", name,
                     " ", b_lines[i].second, "; only counts made with the same options",
                     name == "ngrams_digest" ? " and the same n-gram counts" : "", " add up"));
  }
  return absl::OkStatus();
}

}  // namespace bytepiece
