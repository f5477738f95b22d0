// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/atomic_file.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bytepiece {
namespace {

// Names of the unfinished files. A name in a slot belongs to whoever takes it out,
// the file or the signal handler, so that the handler never reads freed memory.
// More files than slots are merely not removed by the handler.
constexpr std::size_t kSlots = 1024;
std::array<std::atomic<const std::string*>, kSlots> unfinished;
static_assert(std::atomic<const std::string*>::is_always_lock_free, "used in a signal handler");

// Held while a name comes into being or goes, so that an ending process does
// neither miss a file nor lose the race against its rename. No signal that is
// handled is raised by what is done under it, so a handler may wait for it.
std::atomic_flag names_change = ATOMIC_FLAG_INIT;
bool ending = false;  // guarded by names_change

class NamesLock {
 public:
  NamesLock() {
    Take();
    while (ending) {
      names_change.clear();
      pause();  // the process ends
      Take();
    }
  }
  ~NamesLock() { names_change.clear(); }
  NamesLock(const NamesLock&) = delete;
  NamesLock& operator=(const NamesLock&) = delete;

  static void Take() {
    while (names_change.test_and_set(std::memory_order_acquire)) sched_yield();
  }
};

// Whether there was a slot.
bool Register(const std::string* name) {
  for (std::atomic<const std::string*>& slot : unfinished) {
    const std::string* expected = nullptr;
    if (slot.compare_exchange_strong(expected, name)) return true;
  }
  return false;
}

// False if the handler has the name: the process is about to end.
bool Unregister(const std::string* name) {
  for (std::atomic<const std::string*>& slot : unfinished) {
    const std::string* expected = name;
    if (slot.compare_exchange_strong(expected, nullptr)) return true;
  }
  return false;
}

absl::Status Failure(const std::string& path, int error) {
  return absl::UnavailableError(
      absl::StrCat(path == "-" ? "standard output" : path, ": ", std::strerror(error)));
}

// What a name stands for, so that a link keeps pointing at the file it names, be
// it there yet or not: /dev/stdout is one, and renaming over it would be a disaster.
std::string Resolved(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as the kernel's
  std::error_code error;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(path, error); ++i) {
    path = path.parent_path() / std::filesystem::read_symlink(path, error);
  }
  return path.native();
}

// A name beside `target` that no other file has, short enough for file systems.
std::string TemporaryName(const std::string& target) {
  constexpr std::size_t kMostOfTheName = 200;  // names may have 255 bytes
  static std::atomic<unsigned> serial{0};
  const std::size_t slash = target.rfind('/');
  const std::size_t base = slash == std::string::npos ? 0 : slash + 1;
  return absl::StrCat(target.substr(0, base + kMostOfTheName), ".", getpid(), ".",
                      serial.fetch_add(1), ".part");
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
  file.target_ = Resolved(path);
  const absl::Status status = file.OpenTemporary();
  if (!status.ok()) return status;
  // An earlier file keeps its permissions; a file system that has none keeps its own.
  if (exists) static_cast<void>(fchmod(fileno(file.file_), existing.st_mode & 07777));
  return file;
}

absl::Status AtomicFile::OpenTemporary() {
  const NamesLock lock;
  int fd = -1;
  do {
    temporary_ = std::make_unique<std::string>(TemporaryName(target_));
    fd = open(temporary_->c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EEXIST);
  if (fd < 0) {
    temporary_ = nullptr;
    return Failure(path_, errno);
  }
  registered_ = Register(temporary_.get());
  file_ = fdopen(fd, "wb");
  if (file_ != nullptr) return absl::OkStatus();
  const absl::Status status = Failure(path_, errno);
  close(fd);
  return status;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept { *this = std::move(other); }

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this == &other) return *this;
  Abandon();
  path_ = std::move(other.path_);
  target_ = std::move(other.target_);
  temporary_ = std::move(other.temporary_);
  registered_ = std::exchange(other.registered_, false);
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
    ForgetTemporary();
  }
}

void AtomicFile::ForgetTemporary() {
  const bool taken = registered_ && !Unregister(temporary_.get());
  if (taken) static_cast<void>(temporary_.release());  // the handler's now
  temporary_ = nullptr;
  registered_ = false;
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

absl::Status AtomicFile::Finish() {
  if (!failed_.ok() || file_ == nullptr) return failed_;
  const int result = is_stdout() ? std::fflush(stdout) : std::fclose(std::exchange(file_, nullptr));
  if (result != 0) failed_ = Failure(path_, errno);
  return failed_;
}

absl::Status AtomicFile::Commit() {
  if (absl::Status status = Finish(); status.ok() && temporary_ != nullptr) {
    const NamesLock lock;
    if (std::rename(temporary_->c_str(), target_.c_str()) == 0) {
      ForgetTemporary();
    } else {
      failed_ = Failure(path_, errno);
    }
  }
  Abandon();
  return failed_;
}

void RemoveUnfinishedFiles() {
  NamesLock::Take();
  ending = true;
  for (std::atomic<const std::string*>& slot : unfinished) {
    if (const std::string* name = slot.exchange(nullptr)) unlink(name->c_str());
  }
  names_change.clear();
}

absl::Status WriteFile(const std::string& path, std::string_view bytes) {
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(path);
  if (!file.ok()) return file.status();
  if (absl::Status status = file->Write(bytes); !status.ok()) return status;
  return file->Commit();
}

absl::StatusOr<std::string> ReadFile(const std::string& path, std::int64_t max_bytes) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return Failure(path, errno);
  if (S_ISDIR(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is a directory; name a file"));
  }
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return Failure(path, errno);
  std::string bytes;
  std::array<char, 1 << 16> buffer;
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0;) {
    bytes.append(buffer.data(), n);
    if (static_cast<std::int64_t>(bytes.size()) > max_bytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": is larger than ", max_bytes, " bytes, the most that is read"));
    }
  }
  if (std::ferror(file.get())) return Failure(path, errno);
  return bytes;
}

}  // namespace bytepiece
