// SPDX-License-Identifier: Apache-2.0
#include "cli/program/suggestion.h"

#include <algorithm>
#include <utility>

namespace bytepiece {
namespace {

// The optimal string alignment distance, with three rows of the table.
std::size_t CountMistakes(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

}  // namespace

std::string ClosestName(std::string_view typed, const std::vector<std::string>& names) {
  if (typed.size() > 100) return "";  // no name is so long, and the table would be
  std::string closest;
  std::size_t fewest = std::max<std::size_t>(typed.size(), 3) / 3 + 1;
  for (const std::string& name : names) {
    const bool is_beginning = typed.size() >= 2 && name.starts_with(typed);
    const std::size_t mistakes = is_beginning ? 0 : CountMistakes(typed, name);
    if (mistakes >= fewest) continue;
    fewest = mistakes;
    closest = name;
  }
  return closest;
}

}  // namespace bytepiece
