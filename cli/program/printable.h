// SPDX-License-Identifier: Apache-2.0
// Text of unknown origin, made fit for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace bytepiece {

// Bytes that could move the cursor, change colours or reorder a line are written as \xHH,
// byte by byte: control characters (newlines too), bytes that are no UTF-8, and the marks
// of direction. All else stays as it is.
std::string Printable(std::string_view text);

}  // namespace bytepiece
