// SPDX-License-Identifier: Apache-2.0
// Files that are no text, by how they begin or by their names: images, archives, tables, models,
// tokens. All that is not known here is text, whatever its bytes.
#pragma once

#include <string>
#include <string_view>

namespace bytepiece {

struct FileKind {
  std::string_view what;    // "a PNG image"; empty: not known, so text
  std::string_view remedy;  // "leave it out"
};

// The kind of a file with these first bytes, unpacked; kKindBytes suffice.
inline constexpr std::size_t kKindBytes = 512;
FileKind KindByContent(std::string_view start);

// Whether these first bytes are UTF-16 of mostly ASCII characters, without a mark that says so:
// every other byte is NUL, or nearly. Text that NULs separate may look so.
bool IsUtf16WithoutMark(std::string_view start);

// Whether more bytes than `start`, fewer than kKindBytes, could show a kind: it is the beginning
// of what one starts with. (A tar archive, which shows late, is not waited for.)
bool MayShowKind(std::string_view start);

// The kind of files of token ids, which bytes do not show.
FileKind KindByName(std::string_view name);

}  // namespace bytepiece
