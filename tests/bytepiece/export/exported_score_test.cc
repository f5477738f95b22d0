// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/export/exported_score.h"

#include "bytepiece/model/model.h"
#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("a piece crosses chunks where a newline is followed by something else") {
  CHECK_FALSE(CrossesChunks("a"));
  CHECK_FALSE(CrossesChunks("\n"));
  CHECK_FALSE(CrossesChunks("ab\n\n\n"));
  CHECK(CrossesChunks("\na"));
  CHECK(CrossesChunks("a\n\nb\n"));
}

TEST_CASE("what must never be used costs more than a piece of single bytes") {
  CHECK(kNeverScore < -44.0 * static_cast<double>(kMaxPieceLength));
}

}  // namespace
}  // namespace bytepiece
