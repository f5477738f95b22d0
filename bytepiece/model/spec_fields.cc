// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/spec_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace bytepiece {
namespace {

// The names of an enumeration's values, which are 0, 1, 2, ...
constexpr std::array kMethodNames = {"exact", "recover", "grow"};
constexpr std::array kNormalizationNames = {"none", "nfc"};
constexpr std::array kSpecialTokenTextNames = {"plain", "boundary"};

template <typename Names, typename Enum>
std::string NameOf(const Names& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

template <typename Names, typename Enum>
bool FindName(const Names& names, std::string_view text, Enum* value) {
  const auto found = std::find(names.begin(), names.end(), text);
  *value = static_cast<Enum>(found - names.begin());
  return found != names.end();
}

template <typename Number>
bool ParseNumber(std::string_view text, Number* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

template <typename Number>
absl::Status CheckRange(const SpecField& field, Number value) {
  const auto least = static_cast<Number>(field.least);
  const bool has_most = field.most != std::numeric_limits<std::int64_t>::max();
  // NaN is in no range.
  if (value >= least && (!has_most || value <= static_cast<Number>(field.most))) {
    return absl::OkStatus();
  }
  const std::string what = absl::StrCat(field.words, " ", SpecText(value));
  return absl::InvalidArgumentError(
      has_most ? absl::StrCat(what, " is outside ", field.least, "..", field.most, "; change ",
                              field.option)
               : absl::StrCat(what, " is below ", field.least, "; raise ", field.option));
}

}  // namespace

absl::Status CheckSpecRanges(const TrainerSpec& spec, SpecStep last) {
  if (spec.prune_while_counting < 0 || spec.prune_while_counting == 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("a threshold of ", spec.prune_while_counting,
                     " forgets no n-gram; give --prune-while-counting 2 or more, or 0 to count "
                     "exactly"));
  }
  absl::Status status;
  VisitSpecFields([&](const SpecField& field, auto member) {
    using Value = std::decay_t<decltype(spec.*member)>;
    if constexpr (std::is_arithmetic_v<Value> && !std::is_same_v<Value, bool>) {
      if (field.step <= last) status.Update(CheckRange(field, spec.*member));
    }
  });
  return status;
}

std::string SpecText(bool value) { return value ? "true" : "false"; }
std::string SpecText(int value) { return absl::StrCat(value); }
std::string SpecText(std::int64_t value) { return absl::StrCat(value); }
std::string SpecText(double value) {
  std::array<char, 32> text;  // the shortest that reads as the same number has at most 24
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}
std::string SpecText(TrainingMethod value) { return NameOf(kMethodNames, value); }
std::string SpecText(Normalization value) { return NameOf(kNormalizationNames, value); }
std::string SpecText(SpecialTokenText value) { return NameOf(kSpecialTokenTextNames, value); }
std::string SpecText(const std::vector<std::int64_t>& values) { return absl::StrJoin(values, ","); }
std::string SpecText(const std::vector<std::string>& values) {
  // Bytes that are no UTF-8, and so no special token either, are shown somehow.
  return nlohmann::json(values).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool ParseSpecText(std::string_view text, bool* value) {
  *value = text == "true";
  return *value || text == "false";
}
bool ParseSpecText(std::string_view text, int* value) { return ParseNumber(text, value); }
bool ParseSpecText(std::string_view text, std::int64_t* value) { return ParseNumber(text, value); }
bool ParseSpecText(std::string_view text, double* value) { return ParseNumber(text, value); }
bool ParseSpecText(std::string_view text, TrainingMethod* value) {
  return FindName(kMethodNames, text, value);
}
bool ParseSpecText(std::string_view text, Normalization* value) {
  return FindName(kNormalizationNames, text, value);
}
bool ParseSpecText(std::string_view text, SpecialTokenText* value) {
  return FindName(kSpecialTokenTextNames, text, value);
}
bool ParseSpecText(std::string_view text, std::vector<std::int64_t>* values) {
  values->clear();
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (!ParseNumber(text.substr(0, comma), &values->emplace_back())) return false;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return true;
}
bool ParseSpecText(std::string_view text, std::vector<std::string>* values) {
  values->clear();
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_array()) return false;
  for (const nlohmann::json& value : json) {
    if (!value.is_string()) return false;
    values->push_back(value.get<std::string>());
  }
  return true;
}

}  // namespace bytepiece
