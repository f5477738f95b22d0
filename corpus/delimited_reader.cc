// SPDX-License-Identifier: Apache-2.0
#include "corpus/delimited_reader.h"

#include <algorithm>
#include <utility>

namespace bytepiece {
namespace {

constexpr std::size_t kReadSize = std::size_t{1} << 18;

}  // namespace

DelimitedReader::DelimitedReader(std::unique_ptr<ByteStream> stream, std::string delimiter)
    : stream_(std::move(stream)), delimiter_(std::move(delimiter)) {}

absl::StatusOr<bool> DelimitedReader::Next(std::string* part) {
  part->clear();
  std::size_t search_from = begin_;
  for (;;) {
    const std::size_t found = buffer_.find(delimiter_, search_from);
    if (found != std::string::npos) {
      part->assign(buffer_, begin_, found - begin_);
      begin_ = found + delimiter_.size();
      return true;
    }
    if (ended_) {
      part->assign(buffer_, begin_);
      const bool any = begin_ < buffer_.size();
      begin_ = buffer_.size();
      return any;
    }
    // A delimiter may stand across the end of what was searched.
    const std::size_t left = buffer_.size() - begin_;
    const std::size_t searched = left - std::min(left, delimiter_.size() - 1);
    if (absl::Status status = Refill(); !status.ok()) return status;
    search_from = begin_ + searched;
  }
}

absl::Status DelimitedReader::Refill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const absl::StatusOr<std::size_t> got = AppendSome(stream_.get(), &buffer_);
  if (!got.ok()) return got.status();
  ended_ = *got == 0;
  return absl::OkStatus();
}

absl::StatusOr<std::size_t> AppendSome(ByteStream* stream, std::string* bytes) {
  const std::size_t size = bytes->size();
  bytes->resize(size + kReadSize);
  const absl::StatusOr<std::size_t> got = stream->Read(bytes->data() + size, kReadSize);
  bytes->resize(size + (got.ok() ? *got : 0));
  return got;
}

absl::StatusOr<std::string> ReadAll(ByteStream* stream) {
  std::string bytes;
  for (;;) {
    const absl::StatusOr<std::size_t> got = AppendSome(stream, &bytes);
    if (!got.ok()) return got.status();
    if (*got == 0) return bytes;
  }
}

}  // namespace bytepiece
