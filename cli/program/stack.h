// SPDX-License-Identifier: Apache-2.0
// Stacks large enough, whatever the shell allows.
#pragma once

#include <functional>

namespace bytepiece {

// Runs `work`, which must not throw, to its end. Where the limit (ulimit -s) is small, that is on
// a thread with a stack of its own, and threads that start later have larger ones than the limit
// would give them.
void RunWithEnoughStack(const std::function<void()>& work);

}  // namespace bytepiece
