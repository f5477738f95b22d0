// SPDX-License-Identifier: Apache-2.0
// Text in aligned columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bytepiece {

// Columns a terminal gives the text: wide East Asian characters take two,
// combining and format characters none.
std::size_t DisplayWidth(std::string_view text);

// `text` with spaces before, or after it, up to `width` columns.
std::string AlignRight(const std::string& text, std::size_t width);
std::string AlignLeft(const std::string& text, std::size_t width);

// Lines of two spaces between columns: the first aligned to the left, the
// others to the right. Columns beyond max_width follow below, in blocks that
// repeat the first. All rows are equally long, except those of one cell.
std::string RenderTable(const std::vector<std::vector<std::string>>& rows, std::size_t max_width);

// 1234567 as "1,234,567".
std::string GroupDigits(std::int64_t number);

}  // namespace bytepiece
