// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/ngram_run.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace bytepiece {

absl::Status NgramRunWriter::Finish() {
  if (entries_ == 0) return absl::OkStatus();
  const CountBlock block = CountBlock::Describe(first_, entries_, bytes_);
  absl::Status status = sink_(block, bytes_);
  bytes_.clear();
  entries_ = 0;
  return status;
}

NgramStream::NgramStream(const CountRun* run, int order, std::uint64_t first, std::uint64_t end)
    : run_(run), order_(order), end_(end) {
  const std::vector<CountBlock>& blocks = run->blocks();
  // The last block that starts at or before `first`.
  const auto after = std::upper_bound(
      blocks.begin(), blocks.end(), first,
      [](std::uint64_t key, const CountBlock& block) { return key < block.first; });
  next_block_ = static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - blocks.begin(), 1)) - 1;
  NextBlock();
  while (key_ < first) Next();
}

void NgramStream::NextBlock() {
  if (next_block_ == run_->blocks().size() || run_->blocks()[next_block_].first >= end_) {
    Stop();
    return;
  }
  const CountBlock& block = run_->blocks()[next_block_];
  std::string_view bytes;
  status_ = run_->Load(next_block_++, &buffer_, &bytes);
  const std::uint64_t length = block.first & 0xFF;
  if (!status_.ok() || block.entries == 0 || length < 1 ||
      length > static_cast<std::uint64_t>(order_) ||
      (next_block_ > 1 && block.first <= key_ && key_ != 0)) {
    Damaged();
    return;
  }
  p_ = bytes.data();
  limit_ = p_ + bytes.size();
  left_ = block.entries;
  code_ = PackNgram(block.first, order_);
  at_start_ = true;
  Next();
}

void NgramStream::Damaged() {
  if (status_.ok()) {
    status_ = absl::DataLossError(
        absl::StrCat(run_->file() ? run_->file()->name() : "a run in memory",
                     " is a damaged count file: its entries are not in order; make it again"));
  }
  Stop();
}

void NgramStream::Stop() {
  key_ = kNoNgram;
  left_ = 0;
  next_block_ = run_->blocks().size();
}

std::vector<std::uint64_t> CutBetweenPairs(const RunPointers& runs, int ranges) {
  return CutRuns(runs, ranges, ~std::uint64_t{0} << 48);
}

absl::Status MergeNgramRuns(const RunPointers& runs, int order, const BlockSink& sink,
                            std::int64_t* text_bytes) {
  NgramRunWriter writer(order, sink);
  absl::Status written;
  std::int64_t total = 0;  // MergeNgrams sees to it that it fits
  absl::Status merged =
      MergeNgrams(runs, order, 0, kNoNgram, [&](std::uint64_t key, std::int64_t count) {
        if (written.ok()) written = writer.Add(key, count);
        total += count;
      });
  if (!merged.ok()) return merged;
  if (text_bytes != nullptr) *text_bytes += total;
  if (!written.ok()) return written;
  return writer.Finish();
}

}  // namespace bytepiece
