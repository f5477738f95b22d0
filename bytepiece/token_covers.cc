// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/token_covers.h"

#include <algorithm>
#include <string_view>

namespace bytepiece {
namespace {

// The pieces that begin at `begin`, are longer than the text from there on, and are the
// last token of the best path once their bytes have come.
std::vector<TokenId> LastTokens(const PrefixIndex& index, std::size_t begin, PrefixPaths* paths) {
  const std::size_t size = paths->size();
  const std::size_t old = size - begin;  // of the piece's bytes
  std::vector<TokenId> found;
  for (const TokenId id : index.Pieces(std::string(paths->text().substr(begin)))) {
    const std::string_view bytes = index.vocabulary().PieceBytes(id).substr(old);
    if (bytes.empty()) continue;
    // Sorted pieces share most of their bytes with the one before.
    const std::string_view last = paths->text().substr(size);
    const auto same = static_cast<std::size_t>(
        std::mismatch(last.begin(), last.end(), bytes.begin(), bytes.end()).first - last.begin());
    paths->Truncate(size + same);
    paths->Append(bytes.substr(same));
    if (paths->best_begin() == begin) found.push_back(id);
  }
  paths->Truncate(size);
  return found;
}

// How many tokens all groups have in common.
std::size_t CommonTokens(const std::vector<CoverGroup>& groups) {
  std::size_t common = groups[0].tokens.size();
  for (const CoverGroup& group : groups) {
    const auto limit = static_cast<std::ptrdiff_t>(std::min(common, group.tokens.size()));
    const auto first = groups[0].tokens.begin();
    common = static_cast<std::size_t>(
        std::mismatch(first, first + limit, group.tokens.begin()).first - first);
  }
  return common;
}

}  // namespace

TokenCovers FindTokenCovers(const PrefixIndex& index, bool unfinished_only, PrefixPaths* paths) {
  std::vector<std::size_t> begins;
  for (const PrefixPaths::Walk& walk : paths->walks()) begins.push_back(walk.begin);
  if (!unfinished_only) begins.push_back(paths->size());

  TokenCovers covers;
  for (const std::size_t begin : begins) {
    std::vector<TokenId> last = LastTokens(index, begin, paths);
    if (last.empty() && begin < paths->size()) continue;
    covers.groups.push_back(
        {.begin = begin, .tokens = paths->Tokens(0, begin), .last = std::move(last)});
  }
  if (covers.groups.empty()) return covers;
  const std::size_t common = CommonTokens(covers.groups);
  const auto first = covers.groups[0].tokens.begin();
  covers.settled.assign(first, first + static_cast<std::ptrdiff_t>(common));
  for (const TokenId id : covers.settled) {
    covers.settled_bytes += index.vocabulary().PieceBytes(id).size();
  }
  for (CoverGroup& group : covers.groups) {
    group.tokens.erase(group.tokens.begin(),
                       group.tokens.begin() + static_cast<std::ptrdiff_t>(common));
  }
  return covers;
}

}  // namespace bytepiece
