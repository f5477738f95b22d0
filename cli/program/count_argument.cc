// SPDX-License-Identifier: Apache-2.0
#include "cli/program/count_argument.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"

namespace bytepiece {
namespace {

bool IsDigits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> ParseCount(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::size_t zeros = 0;
  if (!IsDigits(text.substr(text.size() - 1))) {
    constexpr std::string_view kSuffixes = "kmgt";
    const char letter = static_cast<char>(std::tolower(static_cast<unsigned char>(text.back())));
    const std::size_t power = kSuffixes.find(letter);
    if (power == std::string_view::npos) return std::nullopt;
    zeros = 3 * (power + 1);
    text.remove_suffix(1);
  }
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view decimals = text.substr(std::min(point + 1, text.size()));
  if (whole.empty() || !IsDigits(whole) || !IsDigits(decimals) || decimals.size() > zeros ||
      (point < text.size() && decimals.empty())) {
    return std::nullopt;
  }
  return std::string(whole) + std::string(decimals) + std::string(zeros - decimals.size(), '0');
}

void TakeCounts(CLI::App* command) {
  for (CLI::Option* option : command->get_options()) {
    const std::string type = option->get_type_name();
    if (type != "N" && !type.starts_with("N[")) continue;
    const bool is_seed = option->check_lname("seed");
    option->transform(CLI::Validator(
        [is_seed](std::string& text) -> std::string {
          std::int64_t number = 0;  // which may be negative: the option's own check says so
          // Written anew, since CLI11 would take a number that begins with 0 for an octal one.
          if (absl::SimpleAtoi(text, &number)) {
            text = std::to_string(number);
            return "";
          }
          const std::optional<std::string> digits = ParseCount(text);
          if (!digits) return "\"" + text + "\" is no whole number, such as 32000, 32k or 1.5M";
          std::uint64_t seed = 0;  // the only number of 64 bits without a sign
          const bool fits =
              is_seed ? absl::SimpleAtoi(*digits, &seed) : absl::SimpleAtoi(*digits, &number);
          if (!fits) return "\"" + text + "\" is too large a number";
          text = is_seed ? std::to_string(seed) : std::to_string(number);
          return "";
        },
        ""));
  }
}

}  // namespace bytepiece
