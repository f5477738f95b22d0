// SPDX-License-Identifier: Apache-2.0
// LibTorch's exceptions become Statuses at the library's entry points.
#pragma once

#include <torch/types.h>

#include <new>
#include <string>

#include "absl/status/status.h"

namespace bytepiece::lm {

// The Status that `work` returns; or its exception as one, one line beginning with
// "WHAT: ". Memory running out says so, whether of the machine or of the device.
template <typename Work>
absl::Status CatchTorch(const std::string& what, const Work& work) {
  const auto line_of = [&](std::string message) {
    return what + ": " + message.substr(0, message.find('\n'));
  };
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(what + ": out of memory");
  } catch (const c10::Error& error) {
    const std::string line = line_of(error.what_without_backtrace());
    // LibTorch's allocators have no exception of their own.
    if (line.find("memory") != std::string::npos) return absl::ResourceExhaustedError(line);
    return absl::InternalError(line);
  } catch (const std::exception& error) {
    return absl::InternalError(line_of(error.what()));
  }
}

}  // namespace bytepiece::lm
