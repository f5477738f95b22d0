// SPDX-License-Identifier: Apache-2.0
// What every benchmark's main does.
#pragma once

namespace bytepiece {

// Runs the benchmarks that were registered; returns main's exit code.
int RunBenchmarks(int argc, char** argv);

}  // namespace bytepiece
