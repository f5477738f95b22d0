// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/unfinished_files.h"

namespace bytepiece {
namespace {

absl::Status Failure(const std::string& path, int error) {
  return absl::Status(
      error == ENOENT ? absl::StatusCode::kNotFound : absl::StatusCode::kUnavailable,
      absl::StrCat(path == "-" ? "standard output" : path, ": ", std::strerror(error)));
}

// The file that a name stands for.
struct Destination {
  std::string path;
  int descriptor = -1;  // or an open one of this process's
};

// Follows links, so that a link keeps pointing at the file it names, be it there yet or not.
// /dev/stdout and its kind are links too, and whoever opened what they name has it open still.
absl::StatusOr<Destination> Resolved(const std::string& name) {
  constexpr int kMostLinks = 40;  // as the kernel's
  std::filesystem::path path = name;
  std::error_code error;
  for (int i = 0; std::filesystem::is_symlink(path, error); ++i) {
    if (i == kMostLinks) return Failure(name, ELOOP);
    if (std::filesystem::equivalent(path.parent_path(), "/proc/self/fd", error)) {
      return Destination{name, std::atoi(path.filename().c_str())};
    }
    path = path.parent_path() / std::filesystem::read_symlink(path, error);
  }
  return Destination{path.native()};
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
  absl::StatusOr<Destination> destination = Resolved(path);
  if (!destination.ok()) return destination.status();
  if (destination->descriptor >= 0) {
    file.file_ = fdopen(dup(destination->descriptor), "wb");
    if (file.file_ == nullptr) return Failure(path, errno);
    return file;
  }
  file.target_ = std::move(destination->path);
  const absl::Status status = file.OpenTemporary();
  if (!status.ok()) return status;
  // An earlier file keeps its permissions; a file system that has none keeps its own.
  if (exists) static_cast<void>(fchmod(fileno(file.file_), existing.st_mode & 07777));
  return file;
}

absl::Status AtomicFile::OpenTemporary() {
  RemoveLeftOvers(target_);
  temporary_ = std::make_unique<std::string>();
  const UnfinishedFilesLock lock;
  const int fd = CreateTemporary(target_, temporary_.get());
  if (fd < 0) {
    temporary_ = nullptr;
    return Failure(path_, errno);
  }
  registered_ = RegisterUnfinished(temporary_.get());
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
  const bool taken = registered_ && !UnregisterUnfinished(temporary_.get());
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

absl::Status AtomicFile::Flush() {
  if (failed_.ok() && std::fflush(file_) != 0) failed_ = Failure(path_, errno);
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
    const UnfinishedFilesLock lock;
    if (std::rename(temporary_->c_str(), target_.c_str()) == 0) {
      ForgetTemporary();
    } else {
      failed_ = Failure(path_, errno);
    }
  }
  Abandon();
  return failed_;
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
