// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/base/catch_exceptions.h"

namespace bytepiece {
namespace {

const absl::Status& kOutOfMemory =
    *new absl::Status(absl::StatusCode::kResourceExhausted, "out of memory");
const absl::Status& kOutOfThreads =
    *new absl::Status(absl::StatusCode::kResourceExhausted,
                      "cannot start a thread; use fewer threads, or raise the limits");

}  // namespace

const absl::Status& OutOfMemory() { return kOutOfMemory; }
const absl::Status& OutOfThreads() { return kOutOfThreads; }

}  // namespace bytepiece
