// SPDX-License-Identifier: Apache-2.0
// Count files: as they come, and put together of the input's parts as docs/count-files.md says,
// every checksum right, so that what comes after them is reached. What opens is read to its end,
// merged with itself and trained from, or refused in one line.
#include <zlib.h>

#include <memory>
#include <string>
#include <string_view>

#include "tests/fuzz/fuzz_input.h"
#include "tests/support/temp_dir.h"
#include "trainer/counts/count_file.h"
#include "trainer/shards.h"
#include "trainer/trainer.h"

namespace bytepiece {
namespace {

void Put(std::uint64_t value, int bytes, std::string* out) {
  for (int i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

std::uint32_t Crc(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// A header that is right except for what the input changes.
std::string Header(FuzzedDataProvider* input) {
  const bool pieces = input->ConsumeBool();
  std::string lines = pieces ? "kind pieces\n" : "kind ngrams\n";
  if (input->ConsumeIntegralInRange(0, 7) == 0) return lines + TakeText(input, 300);
  lines += "order " + std::to_string(input->ConsumeIntegral<std::int8_t>()) + "\n";
  lines += input->ConsumeBool() ? "normalization nfc\n" : "normalization none\n";
  lines += "isolate_digits false\n";
  const std::int64_t unit = input->ConsumeBool() ? 1 : input->ConsumeIntegral<std::int64_t>();
  lines += "unit " + std::to_string(unit) + "\n";
  if (!pieces) return lines;
  const std::int64_t min_count = input->ConsumeBool() ? 2 : input->ConsumeIntegral<std::int64_t>();
  lines += "min_count " + std::to_string(min_count) + "\n";
  lines += "ensure_unicode true\nmethod recover\nngrams_digest 0123456789abcdef\n";
  return lines;
}

std::string BuiltFile(FuzzedDataProvider* input) {
  const std::string header = Header(input);
  std::string file = "BPCOUNT\1";
  Put(header.size(), 4, &file);
  Put(Crc(header), 4, &file);
  file += header;
  std::string index;
  std::uint64_t blocks = 0;
  while (blocks < 4 && input->ConsumeBool()) {
    const std::string block = TakeText(input, 200);
    const bool lies = input->ConsumeIntegralInRange(0, 15) == 0;
    Put(input->ConsumeIntegral<std::uint64_t>(), 8, &index);
    Put(lies ? input->ConsumeIntegral<std::uint64_t>() : file.size(), 8, &index);
    Put(lies ? input->ConsumeIntegral<std::uint32_t>() : block.size(), 4, &index);
    Put(input->ConsumeBool() ? input->ConsumeIntegral<std::uint32_t>()
                             : input->ConsumeIntegralInRange<std::uint32_t>(1, 40),
        4, &index);
    Put(Crc(block), 4, &index);
    file += block;
    ++blocks;
  }
  if (input->ConsumeIntegralInRange(0, 3) == 0) {
    std::string mixture;
    Put(input->ConsumeIntegral<std::uint64_t>(), 8, &mixture);
    Put(input->ConsumeIntegral<std::uint64_t>(), 8, &mixture);
    Put(Crc(mixture), 4, &mixture);
    file += mixture;
  }
  std::string trailer;
  Put(file.size(), 8, &trailer);
  Put(blocks, 8, &trailer);
  Put(input->ConsumeIntegral<std::uint64_t>(), 8, &trailer);
  Put(input->ConsumeIntegral<std::uint64_t>(), 8, &trailer);
  Put(Crc(index), 4, &trailer);
  Put(Crc(trailer), 4, &trailer);
  return file + index + trailer + "BPCEND\n";
}

absl::Status Ignore(std::string_view) { return absl::OkStatus(); }

void Use(const std::string& path) {
  absl::StatusOr<ScratchFile> file = ScratchFile::OpenExisting(path);
  FUZZ_REQUIRE(file.ok());
  const absl::StatusOr<std::shared_ptr<const CountFile>> counts = CountFile::Open(*std::move(file));
  RequireReadable(counts.status());
  if (!counts.ok()) return;
  RequireReadable(MergeCounts({*counts, *counts}, nullptr, Ignore));
  TrainerOptions options;
  options.spec.vocab_sizes = {300};
  options.threads = 1;
  if ((*counts)->header().kind == CountKind::kPieces) {
    RequireReadable(TrainFromPieces({*counts}, options).status());
    return;
  }
  VectorSource source({"abab cdcd"});
  RequireReadable(CountPieceShard(&source, *counts, options, nullptr, Ignore));
}

}  // namespace
}  // namespace bytepiece

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bytepiece;
  static const TempDir& dir = *new TempDir();
  FuzzedDataProvider input(data, size);
  const bool as_it_comes = input.ConsumeIntegralInRange(0, 7) == 0;
  const std::string file = as_it_comes ? input.ConsumeRemainingBytesAsString() : BuiltFile(&input);
  Use(dir.Write("x.counts", file));
  return 0;
}
