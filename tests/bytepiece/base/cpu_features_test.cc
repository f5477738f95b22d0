// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/cpu_features.h"

#include <cstdlib>
#include <string>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

// The choice under a value of the environment variable, which is then as it was.
absl::StatusOr<Kernel> ChooseUnder(const char* name) {
  const char* const old = std::getenv("BYTEPIECE_KERNEL");
  const std::string before = old == nullptr ? "" : old;
  setenv("BYTEPIECE_KERNEL", name, 1);
  const absl::StatusOr<Kernel> kernel = ChooseKernel();
  if (old == nullptr) {
    unsetenv("BYTEPIECE_KERNEL");
  } else {
    setenv("BYTEPIECE_KERNEL", before.c_str(), 1);
  }
  return kernel;
}

TEST_CASE("kernels: the environment picks one that the processor has, or is refused by name") {
  const struct {
    const char* name;
    Kernel kernel;
  } kCases[] = {{"plain", Kernel::kPlain},
                {"sse4", Kernel::kSse4},
                {"avx2", Kernel::kAvx2},
                {"avx512", Kernel::kAvx512},
                {"neon", Kernel::kNeon}};
  for (const auto& [name, kernel] : kCases) {
    CAPTURE(name);
    const absl::StatusOr<Kernel> chosen = ChooseUnder(name);
    CHECK(chosen.ok() == HasKernel(kernel));
    if (chosen.ok()) {
      CHECK(*chosen == kernel);
    } else {
      CHECK(std::string(chosen.status().message()) ==
            std::string("BYTEPIECE_KERNEL: this processor cannot run ") + name);
    }
  }
  CHECK(HasKernel(Kernel::kPlain));
#ifdef __x86_64__
  CHECK_FALSE(HasKernel(Kernel::kNeon));
#endif
  const absl::StatusOr<Kernel> unknown = ChooseUnder("avx1024");
  REQUIRE_FALSE(unknown.ok());
  CHECK(std::string(unknown.status().message()) ==
        "BYTEPIECE_KERNEL: no kernel \"avx1024\"; choose from plain, sse4, avx2, avx512, neon");
  CHECK_FALSE(ChooseUnder("").ok());
}

TEST_CASE("kernels: each that needs more comes with those that need less") {
  if (HasKernel(Kernel::kAvx512)) CHECK(HasKernel(Kernel::kAvx2));
  if (HasKernel(Kernel::kAvx2)) CHECK(HasKernel(Kernel::kSse4));
  CHECK(HasAvx512() == HasKernel(Kernel::kAvx512));
}

}  // namespace
}  // namespace bytepiece
