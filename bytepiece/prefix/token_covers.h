// SPDX-License-Identifier: Apache-2.0
// The token covers of a text that goes on: how its tokens may look once more bytes have
// come (docs/method/continuation.md).
//
// A cover of a text is a token sequence whose bytes begin with the text, the last token
// reaching beyond its end, and which is *canonical*: Encode of its bytes gives just these
// tokens. Since every prefix of a canonical sequence is canonical, each longer text has
// exactly one cover of the text among its tokens' prefixes.
//
// Example: pieces 白云, 白云机场, 机, 场, 去 and bytes; the text 去白云. Its covers are
// 去 | 白云机场, and 去 | 白云 | w for each piece w with which 白云 stays a token: 去,
// say, but not 机 followed by anything that would make it 白云机场 at once.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "bytepiece/base/export.h"
#include "bytepiece/base/types.h"
#include "bytepiece/prefix/prefix_index.h"
#include "bytepiece/prefix/prefix_paths.h"

namespace bytepiece::inline v0 {

// Covers that share all tokens except the last.
struct CoverGroup {
  std::size_t begin = 0;        // where the last token begins: <= the text's size
  std::vector<TokenId> tokens;  // from TokenCovers::settled_bytes to begin
  std::vector<TokenId> last;    // ascending by bytes; empty at most at the text's end
};

struct TokenCovers {
  // The tokens with which all covers, and so all longer texts, begin: where the best paths
  // to all groups have met.
  std::vector<TokenId> settled;
  std::size_t settled_bytes = 0;
  // Ascending by begin. The last one begins at the text's end, so that its tokens are the
  // text's own: those of a text that ends here. Not with unfinished_only.
  std::vector<CoverGroup> groups;
};

// The covers of paths->text(), which is the same afterwards. With `unfinished_only` only
// covers whose last token begins before the text's end; there may be none.
// Time: as much as the pieces that start with the text's last bytes are many; for the
// group at the text's end that is all pieces.
BYTEPIECE_EXPORT TokenCovers FindTokenCovers(const PrefixIndex& index, bool unfinished_only,
                                             PrefixPaths* paths);

}  // namespace bytepiece::inline v0
