// SPDX-License-Identifier: Apache-2.0
// The fuzzers share this: a way to cut their input into what a target needs, and a way to fail.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/status/status.h"

// A property that must hold for every input. The fuzzer keeps the input that broke it.
#define FUZZ_REQUIRE(condition)                                                          \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)

namespace bytepiece {

// Refusals are fine, but they say something. (What they quote is as it is: programs print it so
// that it cannot steer a terminal.)
inline void RequireReadable(const absl::Status& status) {
  FUZZ_REQUIRE(status.ok() || !status.message().empty());
}

// Up to `size` bytes, shorter ones more often than not.
inline std::string TakeText(FuzzedDataProvider* input, std::size_t size) {
  return input->ConsumeRandomLengthString(size);
}

}  // namespace bytepiece
