// SPDX-License-Identifier: Apache-2.0
// Keeps exceptions inside of functions that return a Status.
#pragma once

#include <new>
#include <stdexcept>
#include <system_error>

#include "absl/status/status.h"

namespace bytepiece {

// Made when the program starts: afterwards there may be no memory even to say so.
const absl::Status& OutOfMemory();
const absl::Status& OutOfThreads();

// What `work` returns, a Status or StatusOr; or, as one, that memory ran out (ours included: a
// size that no memory holds) or that no thread could be started. There are no other exceptions.
template <typename Work>
auto CatchExceptions(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  } catch (const std::length_error&) {
    return OutOfMemory();
  } catch (const std::system_error&) {
    return OutOfThreads();
  }
}

}  // namespace bytepiece
