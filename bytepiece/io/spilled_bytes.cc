// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/spilled_bytes.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace bytepiece {
namespace {

constexpr std::size_t kMostHeld = std::size_t{1} << 20;

}  // namespace

absl::Status SpilledBytes::Append(std::string_view bytes) {
  held_ += bytes;
  if (held_.size() <= kMostHeld) return absl::OkStatus();
  if (!file_) {
    absl::StatusOr<ScratchFile> file = ScratchFile::CreateUnnamed(DefaultTempDir());
    if (!file.ok()) return file.status();
    file_ = *std::move(file);
  }
  return file_->Append(std::exchange(held_, {}));
}

absl::Status SpilledBytes::MoveTo(AtomicFile* file) {
  if (file_) {
    std::string block(kMostHeld, '\0');
    for (std::int64_t begin = 0; begin < file_->size();) {
      const std::int64_t size =
          std::min(file_->size() - begin, static_cast<std::int64_t>(block.size()));
      absl::Status status = file_->ReadAt(begin, static_cast<std::size_t>(size), block.data());
      if (status.ok()) {
        status = file->Write(std::string_view(block).substr(0, static_cast<std::size_t>(size)));
      }
      if (!status.ok()) return status;
      begin += size;
    }
    file_.reset();
  }
  return file->Write(std::exchange(held_, {}));
}

}  // namespace bytepiece
