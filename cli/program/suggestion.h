// SPDX-License-Identifier: Apache-2.0
// Guesses what somebody meant who typed a name that does not exist.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bytepiece {

// The one of `names` nearest to `typed`: one that begins with it, or else the one that fewest
// mistakes (a character missing, added, replaced, or two exchanged) turn into it, at most a third
// of its length. The first of equally near ones; empty if none is near.
std::string ClosestName(std::string_view typed, const std::vector<std::string>& names);

}  // namespace bytepiece
