// SPDX-License-Identifier: Apache-2.0
// A file that appears whole or not at all: written beside its destination
// (same folder, a unique name), then renamed over it. Destroyed before Commit,
// it leaves nothing behind and an earlier file untouched; what a killed process left
// of the same destination goes when the next begins. An earlier file's
// permissions stay, and a link stays a link. A device, a pipe, or the file that
// /dev/stdout stands for is written directly.
#pragma once

#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace bytepiece {

class AtomicFile {
 public:
  // "-" is standard output, which Commit merely flushes. A path that is a
  // directory, or whose folder is missing or not writable, is an error that
  // names it.
  static absl::StatusOr<AtomicFile> Create(const std::string& path);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  // Errors (disk full) name the path and the cause, and repeat on Commit. None
  // of these may follow Commit.
  absl::Status Write(std::string_view bytes);
  absl::Status WriteAt(std::int64_t offset, std::string_view bytes);  // if seekable()
  // Gives the bytes written to the system, for whoever reads a pipe.
  absl::Status Flush();
  // All is on its way to the disk, nothing is replaced yet. For files that belong
  // together: Finish all, so that a full disk is known, then Commit all.
  absl::Status Finish();
  absl::Status Commit();

  const std::string& path() const { return path_; }
  bool is_stdout() const { return path_ == "-"; }
  // False for standard output, devices and pipes.
  bool seekable() const { return !target_.empty(); }

 private:
  AtomicFile() = default;
  absl::Status OpenTemporary();
  void ForgetTemporary();
  void Abandon();

  std::string path_;
  std::string target_;  // path_ with links followed: what is replaced
  // Absent if written directly. On the heap, so that the signal handler's pointer
  // survives a move.
  std::unique_ptr<std::string> temporary_;
  bool registered_ = false;  // the handler knows temporary_
  std::FILE* file_ = nullptr;
  absl::Status failed_;
};

// The whole file, errors naming the path. A directory is an error, and so is a
// file of more than max_bytes.
absl::StatusOr<std::string> ReadFile(
    const std::string& path, std::int64_t max_bytes = std::numeric_limits<std::int64_t>::max());

// The whole file at once, by an AtomicFile.
absl::Status WriteFile(const std::string& path, std::string_view bytes);

}  // namespace bytepiece
