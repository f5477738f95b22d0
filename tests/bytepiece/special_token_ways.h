// SPDX-License-Identifier: Apache-2.0
// The ways to treat special tokens in text that cannot fail, for tests that all hold to the same.
#pragma once

#include <string>
#include <vector>

#include "bytepiece/tokenizer.h"

namespace bytepiece {

// None is allowed; all are; `one` alone. With <bos> and <eos>.
inline std::vector<EncodeOptions> SpecialTokenWays(const Tokenizer& tokenizer,
                                                   const std::string& one) {
  std::vector<EncodeOptions> ways(3, EncodeOptions{.add_bos = true, .add_eos = true});
  ways[1].special_tokens = SpecialTokenPolicy::kAllow;
  ways[2].allow_special = {tokenizer.TokenToId(one)};
  return ways;
}

}  // namespace bytepiece
