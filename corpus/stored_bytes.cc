// SPDX-License-Identifier: Apache-2.0
#include "corpus/stored_bytes.h"

#include <poll.h>

#include <cstring>
#include <utility>

namespace bytepiece {
namespace {

constexpr std::size_t kBufferSize = std::size_t{1} << 18;

}  // namespace

StoredBytes::StoredBytes(FileDescriptor file, std::string name)
    : file_(std::move(file)), name_(std::move(name)), buffer_(kBufferSize) {}

void StoredBytes::Consume(std::size_t size) {
  begin_ += size;
  consumed_ += static_cast<std::int64_t>(size);
}

absl::Status StoredBytes::Fill(std::size_t size) {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  while (end_ < size) {
    const absl::StatusOr<std::size_t> got =
        ReadSome(file_.get(), name_, buffer_.data() + end_, buffer_.size() - end_);
    if (!got.ok()) return got.status();
    if (*got == 0) break;
    end_ += *got;
  }
  return absl::OkStatus();
}

bool StoredBytes::ready() const {
  if (begin_ < end_) return true;
  pollfd file = {file_.get(), POLLIN, 0};
  // A descriptor that cannot be asked, such as a closed one, tells when it is read.
  return poll(&file, 1, /*timeout=*/0) != 0;
}

}  // namespace bytepiece
