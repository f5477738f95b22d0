// SPDX-License-Identifier: Apache-2.0
#include "trainer/counts/piece_run.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/checked_math.h"
#include "trainer/counts/varint.h"

namespace bytepiece {

std::uint64_t PiecePrefix(std::string_view piece) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    prefix = prefix << 8 | (i < piece.size() ? static_cast<unsigned char>(piece[i]) : 0);
  }
  return prefix;
}

absl::Status PieceRunWriter::Add(std::string_view piece, std::int64_t count) {
  std::size_t shared = 0;
  if (entries_ == 0) {
    first_ = PiecePrefix(piece);
  } else {
    const std::size_t limit = std::min(piece.size(), last_.size());
    while (shared < limit && piece[shared] == last_[shared]) ++shared;
  }
  AppendVarint(shared, &bytes_);
  AppendVarint(piece.size() - shared, &bytes_);
  bytes_.append(piece, shared);
  AppendVarint(static_cast<std::uint64_t>(count), &bytes_);
  last_.assign(piece);
  ++entries_;
  return bytes_.size() < kCountBlockSize ? absl::OkStatus() : Finish();
}

absl::Status PieceRunWriter::Finish() {
  if (entries_ == 0) return absl::OkStatus();
  const CountBlock block = CountBlock::Describe(first_, entries_, bytes_);
  absl::Status status = sink_(block, bytes_);
  bytes_.clear();
  entries_ = 0;
  return status;
}

std::vector<PrefixRange> CutPieces(const RunPointers& runs, int ranges) {
  std::vector<PrefixRange> cut;
  for (const std::uint64_t first : CutRuns(runs, ranges)) {
    if (!cut.empty()) cut.back().last = first - 1;
    cut.push_back({.first = first});
  }
  return cut;
}

PieceStream::PieceStream(const CountRun* run, const PrefixRange& range)
    : run_(run), last_prefix_(range.last) {
  // The range may begin within the last block that begins before it.
  const auto block = std::lower_bound(
      run->blocks().begin(), run->blocks().end(), range.first,
      [](const CountBlock& block, std::uint64_t first) { return block.first < first; });
  next_block_ = static_cast<std::size_t>(block - run->blocks().begin());
  if (next_block_ > 0) --next_block_;
  do Next();
  while (!piece_.empty() && PiecePrefix(piece_) < range.first);
}

void PieceStream::Next() {
  if (left_ == 0 && !NextBlock()) return Stop();
  if (!TakeEntry()) {
    Damaged();
  } else if (PiecePrefix(piece_) > last_prefix_) {
    Stop();
  }
}

bool PieceStream::NextBlock() {
  if (!status_.ok() || next_block_ == run_->blocks().size()) return false;
  const CountBlock& block = run_->blocks()[next_block_];
  std::string_view bytes;
  status_ = run_->Load(next_block_++, &buffer_, &bytes);
  if (!status_.ok()) return false;
  p_ = bytes.data();
  limit_ = p_ + bytes.size();
  left_ = block.entries;
  at_start_ = true;
  if (left_ == 0) Damaged();
  return left_ > 0;
}

// False if it is not one.
bool PieceStream::TakeEntry() {
  const std::uint64_t shared = TakeVarint(&p_);
  if (p_ > limit_ || shared > (at_start_ ? 0 : piece_.size())) return false;
  const std::uint64_t more = TakeVarint(&p_);
  if (p_ > limit_ || more == 0 || more > static_cast<std::uint64_t>(limit_ - p_)) return false;
  const std::string_view suffix(p_, more);
  p_ += more;
  // At a block's start the whole piece is there to compare.
  const bool ascends = std::string_view(piece_).substr(shared) < suffix;
  piece_.resize(shared);
  piece_ += suffix;
  count_ = static_cast<std::int64_t>(TakeVarint(&p_));
  at_start_ = false;
  --left_;
  return ascends && p_ <= limit_ && count_ > 0;
}

void PieceStream::Stop() {
  piece_.clear();
  left_ = 0;
  next_block_ = run_->blocks().size();
}

void PieceStream::Damaged() {
  status_ = absl::DataLossError(
      absl::StrCat(run_->file() ? run_->file()->name() : "a run in memory",
                   " is a damaged count file: its entries are not in order; make it again"));
  Stop();
}

absl::Status MergePieces(
    const RunPointers& runs,
    const std::function<absl::Status(const std::string& piece, std::int64_t count)>& emit,
    const PrefixRange& range) {
  std::vector<PieceStream> streams;
  streams.reserve(runs.size());
  for (const CountRun* run : runs) streams.emplace_back(run, range);
  std::vector<PieceStream*> heap;
  absl::Status failed;
  const auto later = [](const PieceStream* a, const PieceStream* b) {
    return a->piece() > b->piece();
  };
  const auto add = [&](PieceStream* stream) {
    if (!stream->status().ok()) failed = stream->status();
    if (stream->piece().empty()) return;
    heap.push_back(stream);
    std::push_heap(heap.begin(), heap.end(), later);
  };
  for (PieceStream& stream : streams) add(&stream);
  std::string piece;
  std::int64_t bytes = 0;  // of text counted
  while (!heap.empty() && failed.ok()) {
    piece = heap.front()->piece();
    std::int64_t count = 0;
    while (!heap.empty() && heap.front()->piece() == piece) {
      std::pop_heap(heap.begin(), heap.end(), later);
      PieceStream* const stream = heap.back();
      heap.pop_back();
      if (!AddProduct(stream->count(), static_cast<std::int64_t>(piece.size()), &bytes)) {
        return CountsTooLarge(stream->run());
      }
      count += stream->count();
      stream->Next();
      add(stream);
    }
    if (absl::Status status = emit(piece, count); !status.ok()) return status;
  }
  return failed;
}

absl::Status MergePieceRuns(const RunPointers& runs, const BlockSink& sink,
                            std::int64_t* text_bytes) {
  PieceRunWriter writer(sink);
  std::int64_t total = 0;  // MergePieces sees to it that it fits
  absl::Status status = MergePieces(runs, [&](const std::string& piece, std::int64_t count) {
    total += count * static_cast<std::int64_t>(piece.size());
    return writer.Add(piece, count);
  });
  if (status.ok() && text_bytes != nullptr) *text_bytes += total;
  return status.ok() ? writer.Finish() : status;
}

}  // namespace bytepiece
