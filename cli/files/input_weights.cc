// SPDX-License-Identifier: Apache-2.0
#include "cli/files/input_weights.h"

#include <charconv>
#include <filesystem>
#include <numeric>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/program/errors.h"
#include "corpus/document_source.h"

namespace bytepiece {
namespace {

// The largest of numerators, denominators and the common denominator: counts of 10^12 times
// this, summed over a corpus, still fit 63 bits.
constexpr std::int64_t kLargest = kMaxWeightUnit;

struct Fraction {
  std::int64_t numerator = 1;
  std::int64_t denominator = 1;
};

std::optional<std::int64_t> ParseDigits(std::string_view digits) {
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || stop != end || value < 0 || value > kLargest) return std::nullopt;
  return value;
}

// "3", "0.5", ".5", "2/3".
std::optional<Fraction> ParseFraction(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::size_t point = text.find('.');
  std::optional<std::int64_t> numerator;
  std::optional<std::int64_t> denominator = 1;
  if (slash != std::string_view::npos) {
    numerator = ParseDigits(text.substr(0, slash));
    denominator = ParseDigits(text.substr(slash + 1));
  } else if (point != std::string_view::npos) {
    const std::size_t decimals = text.size() - point - 1;
    if (decimals > 6) return std::nullopt;
    numerator =
        ParseDigits(std::string(text.substr(0, point)) + std::string(text.substr(point + 1)));
    for (std::size_t i = 0; i < decimals; ++i) *denominator *= 10;
  } else {
    numerator = ParseDigits(text);
  }
  if (!numerator || !denominator || *numerator == 0 || *denominator == 0) return std::nullopt;
  const std::int64_t common = std::gcd(*numerator, *denominator);
  return Fraction{*numerator / common, *denominator / common};
}

}  // namespace

absl::StatusOr<WeightedInputs> ResolveWeightedInputs(const std::vector<std::string>& arguments,
                                                     InputNotes* notes) {
  WeightedInputs inputs;
  std::vector<Fraction> weights;   // parallel to inputs.files
  std::vector<std::string> paths;  // the arguments without weights
  for (const std::string& argument : arguments) {
    std::string path = argument;
    Fraction weight;
    const std::size_t colon = argument.rfind(':');
    std::error_code ignored;
    if (colon != std::string::npos && !std::filesystem::exists(argument, ignored)) {
      const std::optional<Fraction> given =
          ParseFraction(std::string_view(argument).substr(colon + 1));
      if (!given) {
        return UsageError(absl::StrCat(
            "there is no file ", argument, ", and \"", argument.substr(colon + 1),
            "\" is no weight; a weight is a number such as 3, 0.5 or 2/3, up to ", kLargest));
      }
      weight = *given;
      path = argument.substr(0, colon);
    }
    paths.push_back(path);
    absl::StatusOr<std::vector<InputFile>> files = ResolveInputs({path}, notes);
    if (!files.ok()) return files.status();
    for (InputFile& file : *files) {
      inputs.files.push_back(std::move(file));
      weights.push_back(weight);
    }
    inputs.unit = std::lcm(inputs.unit, weight.denominator);
    if (inputs.unit > kLargest) {
      return UsageError(absl::StrCat("the weights have no common denominator up to ", kLargest,
                                     "; use rounder numbers"));
    }
  }
  absl::Status once = AsUsageError(CheckStandardInput(paths));
  if (!once.ok()) return once;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    inputs.files[i].weight = weights[i].numerator * (inputs.unit / weights[i].denominator);
  }
  return inputs;
}

}  // namespace bytepiece
