// SPDX-License-Identifier: Apache-2.0
// peer_tokenizer.py, which CMake puts into the program.
#pragma once

namespace bytepiece {

extern const char kPeerTokenizerScript[];

}  // namespace bytepiece
