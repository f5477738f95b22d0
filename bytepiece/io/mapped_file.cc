// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bytepiece {
namespace {

// A file that is mapped, as it was when that began. Whoever takes it out of its slot owns it, so
// that a signal handler never reads freed memory.
struct Watched {
  std::string path;
  struct stat info;
  const Watched* told_before = nullptr;
};

constexpr std::size_t kMostWatched = 100;
std::array<std::atomic<Watched*>, kMostWatched> watched;
std::atomic<const Watched*> told;  // whose paths a caller holds: never freed

bool IsSameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool IsOverwritten(const Watched& file) {
  struct stat now = {};
  // Another file of that name was renamed over it, as it should be.
  if (stat(file.path.c_str(), &now) != 0 || !IsSameFile(file.info, now)) return false;
  return now.st_size != file.info.st_size || now.st_mtim.tv_sec != file.info.st_mtim.tv_sec ||
         now.st_mtim.tv_nsec != file.info.st_mtim.tv_nsec;
}

// The slot, or kMostWatched if there is none left.
std::size_t Watch(const std::string& path, const struct stat& info) {
  auto file = std::make_unique<Watched>(Watched{path, info});
  for (std::size_t slot = 0; slot < kMostWatched; ++slot) {
    Watched* expected = nullptr;
    if (!watched[slot].compare_exchange_strong(expected, file.get())) continue;
    static_cast<void>(file.release());  // the slot's
    return slot;
  }
  return kMostWatched;
}

// One that was overwritten stays, to be found.
void Unwatch(std::size_t slot) {
  if (slot == kMostWatched) return;
  Watched* const file = watched[slot].exchange(nullptr);
  if (file == nullptr) return;
  if (IsOverwritten(*file)) {
    watched[slot] = file;
  } else {
    delete file;
  }
}

}  // namespace

const char* FindOverwrittenMapping() {
  for (std::atomic<Watched*>& slot : watched) {
    Watched* const file = slot.exchange(nullptr);
    if (file == nullptr) continue;
    if (IsOverwritten(*file)) {
      file->told_before = told.exchange(file);
      return file->path.c_str();
    }
    slot = file;
  }
  return nullptr;
}

absl::StatusOr<MappedFile> MappedFile::Open(const std::string& path) {
  const auto error = [&](const char* cause) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path, ": ", cause));
  };
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return error(std::strerror(errno));
  struct stat info = {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(fd);
    return error("not a regular file");
  }
  MappedFile file;
  file.size_ = static_cast<std::size_t>(info.st_size);
  void* data = file.size_ == 0 ? nullptr : mmap(nullptr, file.size_, PROT_READ, MAP_SHARED, fd, 0);
  const int mapping_error = errno;
  close(fd);
  if (data == MAP_FAILED) {
    file.size_ = 0;
    return error(std::strerror(mapping_error));
  }
  file.data_ = static_cast<const char*>(data);
  file.slot_ = Watch(path, info);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      slot_(std::exchange(other.slot_, kMostWatched)) {}

MappedFile::MappedFile() : slot_(kMostWatched) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(slot_, other.slot_);
  return *this;
}

MappedFile::~MappedFile() {
  Unwatch(slot_);
  if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

}  // namespace bytepiece
