// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/cpu_features.h"

#include <cstdlib>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/quoted.h"

namespace bytepiece {
namespace {

struct NamedKernel {
  std::string_view name;
  Kernel kernel;
};

// The better, the later.
constexpr NamedKernel kKernels[] = {{"plain", Kernel::kPlain},
                                    {"neon", Kernel::kNeon},
                                    {"sse4", Kernel::kSse4},
                                    {"avx2", Kernel::kAvx2},
                                    {"avx512", Kernel::kAvx512}};

#ifdef __x86_64__
bool HasSse4() {
  return __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("sse4.2") &&
         __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("aes") &&
         __builtin_cpu_supports("popcnt");
}

// With all that compilers take for granted beside it.
bool HasAvx2() {
  return HasSse4() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
}
#endif

}  // namespace

#ifdef __x86_64__
bool HasAvx512() {
  static const bool has = HasAvx2() && __builtin_cpu_supports("avx512f") &&
                          __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd");
  return has;
}
#else
bool HasAvx512() { return false; }
#endif

bool HasKernel(Kernel kernel) {
  switch (kernel) {
    case Kernel::kPlain:
      return true;
#ifdef __x86_64__
    case Kernel::kSse4:
      return HasSse4();
    case Kernel::kAvx2:
      return HasAvx2();
    case Kernel::kAvx512:
      return HasAvx512();
#elif defined(__aarch64__)
    case Kernel::kNeon:
      return true;
#endif
    default:
      return false;
  }
}

absl::StatusOr<Kernel> ChooseKernel() {
  const char* const wanted = std::getenv("BYTEPIECE_KERNEL");
  Kernel best = Kernel::kPlain;
  for (const auto& [name, kernel] : kKernels) {
    if (wanted != nullptr && name == wanted) {
      if (HasKernel(kernel)) return kernel;
      return absl::InvalidArgumentError(
          absl::StrCat("BYTEPIECE_KERNEL: this processor cannot run ", wanted));
    }
    if (HasKernel(kernel)) best = kernel;
  }
  if (wanted == nullptr) return best;
  return absl::InvalidArgumentError(absl::StrCat("BYTEPIECE_KERNEL: no kernel ", Quoted(wanted),
                                                 "; choose from plain, sse4, avx2, avx512, neon"));
}

}  // namespace bytepiece
