// SPDX-License-Identifier: Apache-2.0
#include "cli/reports/span_tally.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "bytepiece/base/utf8.h"

namespace bytepiece {
namespace {

// Some tokens and the text that they share.
struct TokenGroup {
  std::size_t end;
  double tokens_per_byte;
};

std::vector<TokenGroup> GroupTokens(std::size_t size, absl::Span<const std::uint32_t> ends) {
  std::vector<TokenGroup> groups;
  std::size_t begin = 0;
  std::size_t first = 0;  // token of the group
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const bool is_last = i + 1 == ends.size();
    const std::size_t end = is_last ? size : std::min<std::size_t>(ends[i], size);
    if (end == begin || (!is_last && ends[i + 1] == ends[i])) continue;
    groups.push_back({end, static_cast<double>(i + 1 - first) / static_cast<double>(end - begin)});
    begin = end;
    first = i + 1;
  }
  groups.push_back({std::numeric_limits<std::size_t>::max(), 0});  // text without tokens
  return groups;
}

}  // namespace

void SpanTally::Add(std::string_view text, absl::Span<const std::uint32_t> ends) {
  tokens_ += static_cast<std::int64_t>(ends.size());
  const std::vector<TokenGroup> groups = GroupTokens(text.size(), ends);
  std::size_t position = 0;
  std::size_t group = 0;
  while (position < text.size()) {
    const Utf8Char character = DecodeUtf8Char(text.substr(position));
    Evaluation::Script& script = scripts_[static_cast<std::size_t>(ClassOf(character))];
    ++script.characters;
    for (int i = 0; i < character.length; ++i, ++position) {
      while (groups[group].end <= position) ++group;
      script.tokens += groups[group].tokens_per_byte;
    }
  }
}

}  // namespace bytepiece
