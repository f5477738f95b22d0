// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/export/exported_score.h"

#include "bytepiece/text/splitter.h"

namespace bytepiece {

bool CrossesChunks(std::string_view piece) { return NextChunk(piece) < piece.size(); }

}  // namespace bytepiece
