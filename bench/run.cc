// SPDX-License-Identifier: Apache-2.0
#include "bench/run.h"

#include <benchmark/benchmark.h>

namespace bytepiece {

int RunBenchmarks(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace bytepiece
