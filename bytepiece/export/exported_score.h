// SPDX-License-Identifier: Apache-2.0
// The scores that other libraries are given.
#pragma once

#include <string_view>

namespace bytepiece {

// Of what no text may become. Any way around it scores more: a byte costs some 44 nats at most, so
// this is beyond 22 million of them, and a piece or special token is shorter.
inline constexpr double kNeverScore = -1e9;

// Whether a runtime chunk (splitter.h) ends within the piece. Chunks are segmented on their own, so
// it is never used; without it, a whole text has the segmentations of its chunks joined.
bool CrossesChunks(std::string_view piece);

}  // namespace bytepiece
