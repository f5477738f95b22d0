// SPDX-License-Identifier: Apache-2.0
// Keeps exceptions inside of functions that return a Status.
#pragma once

#include <new>
#include <stdexcept>
#include <system_error>

#include "absl/status/status.h"

namespace bytepiece {

// What `work` returns, a Status or StatusOr; or, as one, that memory ran out (ours included: a
// size that no memory holds) or that no thread could be started. There are no other exceptions.
template <typename Work>
auto CatchExceptions(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::length_error&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::system_error&) {
    return absl::ResourceExhaustedError(
        "cannot start a thread; use fewer threads, or raise the limits");
  }
}

}  // namespace bytepiece
