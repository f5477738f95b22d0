// SPDX-License-Identifier: Apache-2.0
// Rows of ids as an Arrow array of lists.
#pragma once

#include <nanobind/nanobind.h>

namespace bytepiece {

namespace nb = nanobind;

// The capsules (schema, array) of __arrow_c_array__: list<uint32>, large_list from 2^31 ids on.
// ids: an array of uint16 or uint32; offsets: of int64, ascending from 0 to the number of ids. Ids
// of uint32 are not copied.
nb::tuple ArrowListOf(nb::object ids, nb::object offsets);

}  // namespace bytepiece
