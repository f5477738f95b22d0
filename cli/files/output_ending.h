// SPDX-License-Identifier: Apache-2.0
// An output's name must not say that it holds something else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace bytepiece {

// In small letters, with the dot; empty: none. Digits are no ending, as in "ids.003".
std::string NameEnding(const std::string& path);

// A usage error if the ending of `path` is known, as that of models, tokens, text or packed files,
// and not among `own`. `writer` begins what is said of it ("--to protobuf"), `remedy` ends it.
absl::Status CheckEnding(const std::string& path, const std::vector<std::string_view>& own,
                         std::string_view writer, std::string_view remedy);

}  // namespace bytepiece
