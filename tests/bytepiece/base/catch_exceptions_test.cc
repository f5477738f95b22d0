// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/catch_exceptions.h"

#include <string>
#include <system_error>

#include "absl/status/statusor.h"
#include "tests/support/catch.h"

namespace bytepiece {
namespace {

TEST_CASE("exceptions become statuses, results stay") {
  CHECK(*CatchExceptions([] { return absl::StatusOr<int>(3); }) == 3);
  const auto thrown = [](const auto& exception) {
    return CatchExceptions([&]() -> absl::Status { throw exception; });
  };
  CHECK(thrown(std::bad_alloc()) == absl::ResourceExhaustedError("out of memory"));
  CHECK(CatchExceptions([]() -> absl::StatusOr<int> {
          return static_cast<int>(std::string().max_size() -
                                  std::string(std::string().max_size(), 'a').size());
        }).status() == absl::ResourceExhaustedError("out of memory"));
  const auto no_thread = std::make_error_code(std::errc::resource_unavailable_try_again);
  CHECK(thrown(std::system_error(no_thread)).message() ==
        "cannot start a thread; use fewer threads, or raise the limits");
}

}  // namespace
}  // namespace bytepiece
