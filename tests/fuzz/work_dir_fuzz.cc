// SPDX-License-Identifier: Apache-2.0
// Work folders whose "state" and count files are not what a run wrote: opened and restored, or
// refused in one line.
#include <memory>
#include <string>

#include "tests/fuzz/fuzz_input.h"
#include "tests/support/temp_dir.h"
#include "trainer/counts/run_set.h"
#include "trainer/passes/work_dir.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bytepiece;
  static const TempDir& dir = *new TempDir();
  FuzzedDataProvider input(data, size);
  const bool keeps_identity = input.ConsumeIntegralInRange(0, 7) != 0;
  dir.Write("work/identity", keeps_identity ? "method grow\n" : TakeText(&input, 50));
  dir.Write("work/0.counts", TakeText(&input, 200));
  dir.Write("work/state", input.ConsumeRemainingBytesAsString());
  const absl::StatusOr<std::unique_ptr<WorkDir>> work =
      WorkDir::Open(dir.File("work"), "method grow\n");
  RequireReadable(work.status());
  if (!work.ok()) return 0;
  const CountHeader header = NgramHeader(TrainerSpec(), 1);
  RunSet ngrams(header, work->get());
  RunSet pieces(PieceHeader(TrainerSpec(), 1, 0), work->get());
  RequireReadable((*work)->Restore(CountKind::kNgrams, &ngrams));
  RequireReadable((*work)->Restore(CountKind::kPieces, &pieces));
  return 0;
}
