// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bytepiece {
namespace {

// Names of the unfinished files, for RemoveUnfinishedFiles, which may only read
// memory that is always valid: slots are taken and given back, never freed
// while a name stands in them. More files than slots are merely not removed by
// the signal handler.
constexpr std::size_t kSlots = 64;
std::array<std::atomic<const char*>, kSlots> unfinished;

void Register(const char* name) {
  for (std::atomic<const char*>& slot : unfinished) {
    const char* expected = nullptr;
    if (slot.compare_exchange_strong(expected, name)) return;
  }
}

void Unregister(const char* name) {
  for (std::atomic<const char*>& slot : unfinished) {
    const char* expected = name;
    if (slot.compare_exchange_strong(expected, nullptr)) return;
  }
}

absl::Status Failure(const std::string& path, int error) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(error)));
}

}  // namespace

absl::StatusOr<AtomicFile> AtomicFile::Create(const std::string& path) {
  AtomicFile file;
  file.path_ = path;
  if (file.is_stdout()) {
    file.file_ = stdout;
    return file;
  }
  struct stat existing;
  const bool exists = stat(path.c_str(), &existing) == 0;
  if (exists && S_ISDIR(existing.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is a directory; name a file"));
  }
  if (exists && !S_ISREG(existing.st_mode)) {  // a device or a pipe: nothing to rename over
    file.file_ = std::fopen(path.c_str(), "wb");
    if (file.file_ == nullptr) return Failure(path, errno);
    return file;
  }
  static std::atomic<unsigned> serial{0};
  for (;;) {
    auto temporary = std::make_unique<std::string>(
        absl::StrCat(path, ".", getpid(), ".", serial.fetch_add(1), ".part"));
    const int fd = open(temporary->c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) return Failure(path, errno);
    // An earlier file keeps its permissions; failing that, the new file's stand.
    if (exists && fchmod(fd, existing.st_mode & 07777) != 0) errno = 0;
    file.temporary_ = std::move(temporary);
    Register(file.temporary_->c_str());
    file.file_ = fdopen(fd, "wb");
    if (file.file_ == nullptr) return Failure(path, errno);
    return file;
  }
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept { *this = std::move(other); }

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this == &other) return *this;
  Abandon();
  path_ = std::move(other.path_);
  temporary_ = std::move(other.temporary_);
  file_ = std::exchange(other.file_, nullptr);
  failed_ = std::exchange(other.failed_, absl::OkStatus());
  return *this;
}

AtomicFile::~AtomicFile() { Abandon(); }

void AtomicFile::Abandon() {
  if (file_ != nullptr && !is_stdout()) std::fclose(file_);
  file_ = nullptr;
  if (temporary_ != nullptr) {
    unlink(temporary_->c_str());
    Unregister(temporary_->c_str());
    temporary_ = nullptr;
  }
}

absl::Status AtomicFile::Write(std::string_view bytes) {
  if (failed_.ok() && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) {
    failed_ = Failure(path_, errno);
  }
  return failed_;
}

absl::Status AtomicFile::WriteAt(std::int64_t offset, std::string_view bytes) {
  if (failed_.ok() && fseeko(file_, offset, SEEK_SET) != 0) failed_ = Failure(path_, errno);
  if (absl::Status status = Write(bytes); !status.ok()) return status;
  if (fseeko(file_, 0, SEEK_END) != 0) failed_ = Failure(path_, errno);
  return failed_;
}

absl::Status AtomicFile::Commit() {
  if (!failed_.ok()) return failed_;
  if (is_stdout()) {
    if (std::fflush(stdout) != 0) failed_ = Failure("standard output", errno);
    return failed_;
  }
  if (std::fclose(std::exchange(file_, nullptr)) != 0) failed_ = Failure(path_, errno);
  if (failed_.ok() && temporary_ != nullptr) {
    if (std::rename(temporary_->c_str(), path_.c_str()) != 0) {
      failed_ = Failure(path_, errno);
    } else {
      Unregister(temporary_->c_str());
      temporary_ = nullptr;
    }
  }
  Abandon();
  return failed_;
}

void RemoveUnfinishedFiles() {
  for (std::atomic<const char*>& slot : unfinished) {
    if (const char* name = slot.load(); name != nullptr) unlink(name);
  }
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return Failure(path, errno);
  if (S_ISDIR(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is a directory; name a file"));
  }
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return Failure(path, errno);
  std::string bytes;
  std::array<char, 1 << 16> buffer;
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), file)) > 0;) {
    bytes.append(buffer.data(), n);
  }
  const int error = std::ferror(file) ? errno : 0;
  std::fclose(file);
  if (error != 0) return Failure(path, error);
  return bytes;
}

}  // namespace bytepiece
