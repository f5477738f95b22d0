// SPDX-License-Identifier: Apache-2.0
#include "corpus/document_source.h"

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("documents in memory come in order, in batches of the size asked for") {
  VectorSource source({"ab", "", "cde", "f"});
  CHECK(source.total() == 6);
  for (int reading = 0; reading < 2; ++reading) {
    CHECK(source.consumed() == 0);
    Strings documents = {"left over"};
    REQUIRE(source.Read(1, &documents).ok());
    CHECK(documents == Strings{"ab"});
    CHECK(source.consumed() == 2);
    REQUIRE(source.Read(3, &documents).ok());
    CHECK(documents == Strings{"", "cde"});
    REQUIRE(source.Read(1000, &documents).ok());
    CHECK(documents == Strings{"f"});
    CHECK(source.consumed() == 6);
    REQUIRE(source.Read(1000, &documents).ok());
    CHECK(documents.empty());
    REQUIRE(source.Rewind().ok());
  }
}

}  // namespace
}  // namespace bytepiece
