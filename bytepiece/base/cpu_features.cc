// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/cpu_features.h"

namespace bytepiece {

#ifdef __x86_64__
bool HasAvx512() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("popcnt");
  return has;
}
#else
bool HasAvx512() { return false; }
#endif

}  // namespace bytepiece
