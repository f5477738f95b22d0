// SPDX-License-Identifier: Apache-2.0
// The reference's JSON: what is accepted is written as the reference would write it, and read
// back as the same model.
#include <string>
#include <string_view>

#include "bytepiece/model/model_json.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bytepiece;
  const absl::StatusOr<Model> model =
      ParseReferenceJson({reinterpret_cast<const char*>(data), size});
  RequireReadable(model.status());
  if (!model.ok()) return 0;
  const absl::StatusOr<std::string> written = SerializeReferenceJson(*model);
  FUZZ_REQUIRE(written.ok());
  const absl::StatusOr<Model> again = ParseReferenceJson(*written);
  FUZZ_REQUIRE(again.ok());
  FUZZ_REQUIRE(SerializeReferenceJson(*again).value() == *written);
  return 0;
}
