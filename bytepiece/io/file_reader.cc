// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/file_reader.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bytepiece {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

}  // namespace

absl::StatusOr<FileReader> FileReader::Open(const std::string& path) {
  absl::StatusOr<FileDescriptor> file = OpenForReading(path);
  if (!file.ok()) return file.status();
  return FileReader(*std::move(file), DisplayName(path));
}

absl::Status FileReader::Error(std::string_view cause) const {
  return absl::DataLossError(
      absl::StrCat(name_, ": ", absl::string_view(cause.data(), cause.size())));
}

absl::Status FileReader::Fill() {
  if (next_ < buffer_.size()) return absl::OkStatus();
  next_ = 0;
  buffer_.resize(kBufferBytes);
  const absl::StatusOr<std::size_t> got =
      ReadSome(file_.get(), name_, buffer_.data(), buffer_.size());
  buffer_.resize(got.value_or(0));
  return got.status();
}

absl::Status FileReader::Read(std::size_t size, std::string* bytes) {
  bytes->clear();
  while (bytes->size() < size) {
    if (absl::Status status = Fill(); !status.ok()) return status;
    const std::string_view some = buffered().substr(0, size - bytes->size());
    if (some.empty()) break;
    bytes->append(some);
    next_ += some.size();
  }
  return absl::OkStatus();
}

absl::Status FileReader::ReadAll(std::string* bytes) { return Read(std::string::npos, bytes); }

absl::StatusOr<bool> FileReader::ReadLine(std::string* line) {
  line->clear();
  for (bool any = false;; any = true) {
    if (absl::Status status = Fill(); !status.ok()) return status;
    const std::string_view rest = buffered();
    if (rest.empty()) return any;
    const std::size_t end = rest.find('\n');
    line->append(rest.substr(0, end));
    next_ += std::min(end, rest.size() - 1) + 1;
    if (end != std::string_view::npos) return true;
  }
}

bool FileReader::ready() const {
  if (buffered().find('\n') != std::string_view::npos) return true;
  pollfd file = {file_.get(), POLLIN, 0};
  return poll(&file, 1, /*timeout=*/0) != 0;
}

absl::StatusOr<bool> FileReader::AtEnd() {
  if (absl::Status status = Fill(); !status.ok()) return status;
  return buffered().empty();
}

}  // namespace bytepiece
