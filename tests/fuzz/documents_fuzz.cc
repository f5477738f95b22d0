// SPDX-License-Identifier: Apache-2.0
// Files of documents: plain, gzip, zstd, JSON Lines, under names that tell the truth or not, in
// every unit. All is read or refused in one line, and a plain file comes back whole.
#include <array>
#include <memory>
#include <string>

#include "corpus/corpus.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

constexpr std::array kNames = {"a.txt",       "a",       "a.jsonl", "a.txt.gz",
                               "a.jsonl.zst", "a.JSONL", "a.md"};

// Stops where a small file unpacks to much: how much is no matter here.
constexpr std::size_t kEnough = std::size_t{8} << 20;

// False if the reading ended early.
bool ReadAll(Corpus* corpus, std::string* text) {
  std::vector<std::string> documents;
  for (;;) {
    const absl::Status status = corpus->Read(1 << 16, &documents);
    RequireReadable(status);
    if (!status.ok()) return false;
    if (documents.empty()) return true;
    for (const std::string& document : documents) *text += document;
    if (text->size() > kEnough) return false;
  }
}

}  // namespace
}  // namespace bytepiece

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bytepiece;
  static const TempDir& dir = *new TempDir();
  FuzzedDataProvider input(data, size);
  const std::string name = kNames[input.ConsumeIntegralInRange<std::size_t>(0, kNames.size() - 1)];
  CorpusOptions options;
  options.unit =
      input.PickValueInArray({DocumentUnit::kFile, DocumentUnit::kLine, DocumentUnit::kSeparator});
  options.separator = "\n\n";
  if (input.ConsumeBool()) options.parts.part_bytes = 100;
  const std::string bytes = input.ConsumeRemainingBytesAsString();
  const std::string path = dir.Write(name, bytes);
  absl::StatusOr<std::vector<InputFile>> files = ResolveInputs({path});
  RequireReadable(files.status());
  if (!files.ok()) return 0;
  absl::StatusOr<std::unique_ptr<Corpus>> corpus = Corpus::Open(*std::move(files), options);
  RequireReadable(corpus.status());
  if (!corpus.ok()) return 0;
  std::string text;
  if (!ReadAll(corpus->get(), &text)) return 0;
  RequireReadable((*corpus)->Rewind());
  std::string again;
  FUZZ_REQUIRE(ReadAll(corpus->get(), &again));
  FUZZ_REQUIRE(again == text);
  return 0;
}
