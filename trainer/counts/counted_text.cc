// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/counted_text.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "trainer/counts/run_set.h"

namespace bytepiece {
namespace {

bool Agrees(const CountHeader& header, const CorpusSize& corpus, std::int64_t found) {
  const bool forgets = header.kind == CountKind::kNgrams && header.spec.prune_while_counting > 0;
  return forgets ? found <= corpus.weighted_bytes() : found == corpus.weighted_bytes();
}

absl::Status Ignore(const CountBlock&, std::string_view) { return absl::OkStatus(); }

}  // namespace

absl::Status CheckCountedText(const CountHeader& header, const CorpusSize& corpus,
                              std::int64_t found, const RunPointers& runs) {
  if (Agrees(header, corpus, found)) return absl::OkStatus();
  std::string name = "one of the count files";
  for (const CountRun* run : runs) {
    if (run->file() == nullptr) continue;
    std::int64_t found_in_run = 0;
    absl::Status status = MergeRuns(header, {run}, Ignore, &found_in_run);
    if (!status.ok()) return status;
    if (!Agrees(header, run->file()->corpus(), found_in_run)) name = run->file()->name();
  }
  return absl::DataLossError(absl::StrCat(
      name, " is a damaged count file: it says that it is of more text, or less, than its entries ",
      "hold; make it again"));
}

}  // namespace bytepiece
