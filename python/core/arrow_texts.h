// SPDX-License-Identifier: Apache-2.0
// The texts of Arrow arrays, as they lie in memory.
#pragma once

#include <string_view>
#include <vector>

#include "python/core/arrow_abi.h"

namespace bytepiece {

// Appends the texts of an array of string, large_string, string_view or their binary kin, good for
// as long as the array. ValueError for a null, naming its row, which counts from `first_row`;
// TypeError for any other type.
void AppendArrowTexts(const ArrowSchema& schema, const ArrowArray& array, std::int64_t first_row,
                      std::vector<std::string_view>* texts);

}  // namespace bytepiece
