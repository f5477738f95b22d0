// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/count_run.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "trainer/counts/varint.h"

namespace bytepiece {

void CountRun::Append(CountBlock block, std::string_view bytes) {
  std::string content;
  content.reserve(bytes.size() + kMaxVarintSize);
  content.append(bytes).append(kMaxVarintSize, '\0');
  memory_bytes_ += content.capacity() + sizeof(content) + sizeof(block);
  contents_.push_back(std::move(content));
  blocks_.push_back(block);
}

absl::Status CountRun::Load(std::size_t i, std::string* buffer, std::string_view* bytes) const {
  const std::size_t size = blocks()[i].size;
  if (file_ == nullptr) {
    *bytes = std::string_view(contents_[i]).substr(0, size);
    return absl::OkStatus();
  }
  if (absl::Status status = file_->Load(blocks()[i], buffer); !status.ok()) return status;
  *bytes = std::string_view(*buffer).substr(0, size);
  return absl::OkStatus();
}

absl::Status CountsTooLarge(const CountRun& run) {
  return absl::InvalidArgumentError(
      absl::StrCat(run.file() ? run.file()->name() : "a run in memory",
                   " brings the sum of the counts to 2^63 or more, which is more than counts can "
                   "hold; leave it out, or count with smaller weights"));
}

std::vector<std::uint64_t> CutRuns(const RunPointers& runs, int ranges, std::uint64_t mask) {
  std::vector<std::uint64_t> firsts;  // blocks are of similar size
  for (const CountRun* run : runs) {
    for (const CountBlock& block : run->blocks()) firsts.push_back(block.first);
  }
  std::sort(firsts.begin(), firsts.end());
  std::vector<std::uint64_t> cuts = {0};
  for (int i = 1; i < ranges && !firsts.empty(); ++i) {
    const std::uint64_t cut = firsts[firsts.size() * i / ranges] & mask;
    if (cut > cuts.back()) cuts.push_back(cut);
  }
  return cuts;
}

}  // namespace bytepiece
