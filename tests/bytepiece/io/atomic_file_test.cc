// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/atomic_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bytepiece/io/unfinished_files.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> FilesIn(const TempDir& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Content(const std::string& path) {
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  REQUIRE(bytes.ok());
  return *bytes;
}

AtomicFile Open(const std::string& path) {
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(path);
  REQUIRE(file.ok());
  return *std::move(file);
}

mode_t Permissions(const std::string& path) {
  struct stat status;
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

bool Mentions(const absl::Status& status, const std::string& part) {
  return !status.ok() && std::string(status.message()).find(part) != std::string::npos;
}

// Makes writes beyond some KB fail as on a full disk, while it lives.
class SmallDisk {
 public:
  SmallDisk() {
    earlier_handler_ = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &earlier_);
    const rlimit small = {8192, earlier_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() {
    setrlimit(RLIMIT_FSIZE, &earlier_);
    signal(SIGXFSZ, earlier_handler_);
  }

 private:
  rlimit earlier_;
  void (*earlier_handler_)(int);
};

TEST_CASE("an atomic file appears whole on commit and not before") {
  const TempDir folder;
  const std::string path = folder.Write("out", "earlier");
  AtomicFile file = Open(path);
  CHECK(file.path() == path);
  REQUIRE(file.Write(std::string(100000, 'a')).ok());
  REQUIRE(file.Write("b").ok());
  CHECK(Content(path) == "earlier");
  CHECK(FilesIn(folder).size() == 2);
  REQUIRE(file.Commit().ok());
  CHECK(Content(path) == std::string(100000, 'a').append("b"));
  CHECK(FilesIn(folder) == std::vector<std::string>{"out"});
}

TEST_CASE("an atomic file that is not committed leaves nothing behind") {
  const TempDir folder;
  const std::string path = folder.Write("out", "earlier");
  {
    AtomicFile file = Open(path);
    AtomicFile other = Open(folder.File("new"));
    REQUIRE(file.Write("later").ok());
  }
  CHECK(FilesIn(folder) == std::vector<std::string>{"out"});
  CHECK(Content(path) == "earlier");
}

TEST_CASE("atomic files of one name do not meet before they commit") {
  const TempDir folder;
  const std::string path = folder.File("out");
  AtomicFile first = Open(path);
  AtomicFile second = Open(path);
  REQUIRE(first.Write("first").ok());
  REQUIRE(second.Write("second").ok());
  REQUIRE(second.Commit().ok());
  CHECK(Content(path) == "second");
  REQUIRE(first.Commit().ok());
  CHECK(Content(path) == "first");
  CHECK(FilesIn(folder).size() == 1);
}

TEST_CASE("a moved atomic file goes on, the one moved over is dropped") {
  const TempDir folder;
  AtomicFile kept = Open(folder.File("kept"));
  REQUIRE(kept.Write("one ").ok());
  AtomicFile file = Open(folder.File("dropped"));
  file = std::move(kept);
  REQUIRE(file.Write("two").ok());
  REQUIRE(file.Commit().ok());
  CHECK(FilesIn(folder) == std::vector<std::string>{"kept"});
  CHECK(Content(folder.File("kept")) == "one two");
}

TEST_CASE("a header is written over, and what follows goes to the end") {
  const TempDir folder;
  AtomicFile file = Open(folder.File("out"));
  REQUIRE(file.Write("????rest").ok());
  REQUIRE(file.WriteAt(0, "HEAD").ok());
  REQUIRE(file.Write("!").ok());
  REQUIRE(file.Commit().ok());
  CHECK(Content(folder.File("out")) == "HEADrest!");
}

TEST_CASE("an earlier file's permissions stay, a new file gets the usual ones") {
  const TempDir folder;
  const std::string path = folder.Write("out", "earlier");
  REQUIRE(chmod(path.c_str(), 0604) == 0);
  REQUIRE(Open(path).Commit().ok());
  CHECK(Permissions(path) == 0604);

  const mode_t mask = umask(027);
  const absl::Status status = Open(folder.File("new")).Commit();
  umask(mask);
  REQUIRE(status.ok());
  CHECK(Permissions(folder.File("new")) == 0640);
}

TEST_CASE("a link stays a link, and the file it names is replaced") {
  const TempDir folder;
  const std::string path = folder.Write("elsewhere/out", "earlier");
  const std::string link = folder.File("link");
  fs::create_symlink("elsewhere/out", link);
  AtomicFile file = Open(link);
  REQUIRE(file.Write("later").ok());
  REQUIRE(file.Commit().ok());
  CHECK(fs::is_symlink(link));
  CHECK(Content(path) == "later");
  CHECK(FilesIn(folder) == std::vector<std::string>{"elsewhere", "link"});
}

TEST_CASE("a link to a file that is not there yet stays a link") {
  const TempDir folder;
  fs::create_symlink("second", folder.File("first"));
  fs::create_symlink("out", folder.File("second"));
  AtomicFile file = Open(folder.File("first"));
  REQUIRE(file.Write("new").ok());
  REQUIRE(file.Commit().ok());
  CHECK(fs::is_symlink(folder.File("first")));
  CHECK(fs::is_symlink(folder.File("second")));
  CHECK(Content(folder.File("out")) == "new");
}

TEST_CASE("a name as long as file systems allow") {
  const TempDir folder;
  const std::string path = folder.File(std::string(255, 'n'));
  AtomicFile file = Open(path);
  REQUIRE(file.Commit().ok());
  CHECK(FilesIn(folder) == std::vector<std::string>{std::string(255, 'n')});
}

TEST_CASE("files that belong together: all are on the disk before one is replaced") {
  const TempDir folder;
  const std::string path = folder.Write("out", "earlier");
  AtomicFile first = Open(path);
  REQUIRE(first.Write("later").ok());
  REQUIRE(first.Finish().ok());
  CHECK(Content(path) == "earlier");
  AtomicFile second = Open(folder.File("second"));
  {
    const SmallDisk disk;
    for (int i = 0; i < 9; ++i) static_cast<void>(second.Write(std::string(1000, 'x')));
    CHECK_FALSE(second.Finish().ok());
  }
  CHECK_FALSE(second.Commit().ok());
  REQUIRE(first.Commit().ok());
  CHECK(Content(path) == "later");
  CHECK(FilesIn(folder) == std::vector<std::string>{"out"});
}

TEST_CASE("a pipe is written directly and stays") {
  const TempDir folder;
  const std::string path = folder.File("pipe");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  std::string received;
  std::thread reader([&] { received = ReadFile(path).value_or("failed"); });
  AtomicFile file = Open(path);
  const bool written = file.Write("through").ok() && file.Commit().ok();
  reader.join();
  CHECK(written);
  CHECK(received == "through");
  CHECK(fs::is_fifo(path));
}

TEST_CASE("an output that cannot be is refused with its name") {
  const TempDir folder;
  CHECK(Mentions(AtomicFile::Create(folder.path()).status(), folder.path() + ": is a directory"));
  const std::string missing = folder.File("no/such/folder");
  CHECK(Mentions(AtomicFile::Create(missing).status(), missing));
  const std::string under_file = folder.Write("file", "") + "/out";
  CHECK(Mentions(AtomicFile::Create(under_file).status(), under_file));
  CHECK(FilesIn(folder) == std::vector<std::string>{"file"});
}

TEST_CASE("a full disk is an error that stays, and the earlier file does too") {
  const TempDir folder;
  const std::string path = folder.Write("out", "earlier");
  // The small one fits into the buffer: only closing the file finds the error.
  for (const std::size_t size : {std::size_t{9000}, std::size_t{1000000}}) {
    AtomicFile file = Open(path);
    absl::Status committed;
    {
      const SmallDisk disk;
      for (std::size_t i = 0; i < size; i += 1000) {
        static_cast<void>(file.Write(std::string(1000, 'x')));
      }
      committed = file.Commit();
    }
    CHECK(Mentions(committed, path + ": "));
    CHECK(Content(path) == "earlier");
  }
  CHECK(FilesIn(folder) == std::vector<std::string>{"out"});
}

TEST_CASE("a device that takes nothing is an error that names it") {
  if (access("/dev/full", W_OK) != 0) {
    WARN("SKIPPED: there is no /dev/full");
    return;
  }
  AtomicFile file = Open("/dev/full");
  static_cast<void>(file.Write("x"));
  CHECK(Mentions(file.Commit(), "/dev/full: No space left"));
  CHECK(access("/dev/full", W_OK) == 0);
}

TEST_CASE("a loop of links is an error and stays") {
  const TempDir folder;
  fs::create_symlink("b", folder.File("a"));
  fs::create_symlink("a", folder.File("b"));
  const absl::Status status = AtomicFile::Create(folder.File("a")).status();
  CHECK(status.message() == folder.File("a") + ": Too many levels of symbolic links");
  CHECK(fs::is_symlink(folder.File("a")));
}

TEST_CASE("a name of an open file writes to that file where it stands") {
  const TempDir folder;
  const std::string path = folder.File("out");
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT, 0666);
  REQUIRE(fd >= 0);
  const std::string name = "/dev/fd/" + std::to_string(fd);
  if (access(name.c_str(), W_OK) != 0) {
    WARN("SKIPPED: there is no /dev/fd");
    return;
  }
  REQUIRE(write(fd, "first ", 6) == 6);
  REQUIRE(WriteFile(name, "second ").ok());
  REQUIRE(write(fd, "third", 5) == 5);
  close(fd);
  CHECK(Content(path) == "first second third");
  CHECK(FilesIn(folder) == std::vector<std::string>{"out"});
}

// In a process of its own, as for a signal handler; the exit code is the number
// of the expectation that failed.
TEST_CASE("unfinished files are removed for a process about to end") {
  const TempDir folder;
  const std::string path = folder.Write("out", "earlier");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    absl::StatusOr<AtomicFile> file = AtomicFile::Create(path);
    absl::StatusOr<AtomicFile> done = AtomicFile::Create(folder.File("done"));
    if (!file.ok() || !done.ok() || !file->Write("later").ok()) _exit(1);
    if (!done->Commit().ok()) _exit(2);
    AtomicFile moved = *std::move(file);
    RemoveUnfinishedFiles();
    if (FilesIn(folder) != std::vector<std::string>{"done", "out"}) _exit(3);
    alarm(1);
    static_cast<void>(moved.Commit());  // waits for the end
    _exit(4);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CAPTURE(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM));
  CHECK(FilesIn(folder) == std::vector<std::string>{"done", "out"});
  CHECK(Content(path) == "earlier");
}

TEST_CASE("a file written at once is whole, and names what cannot be written") {
  TempDir folder;
  const std::string path = folder.path() + "/file";
  REQUIRE(WriteFile(path, "earlier").ok());
  REQUIRE(WriteFile(path, std::string_view("a\0b", 3)).ok());
  REQUIRE(*ReadFile(path) == std::string("a\0b", 3));
  REQUIRE(FilesIn(folder) == std::vector<std::string>{"file"});
  const absl::Status status = WriteFile(folder.path() + "/none/file", "x");
  REQUIRE_FALSE(status.ok());
  REQUIRE(std::string(status.message()).find("none/file") != std::string::npos);
}

TEST_CASE("reading a file fails with its name") {
  const TempDir folder;
  CHECK(Mentions(ReadFile(folder.File("none")).status(), "none: No such file"));
  CHECK(Mentions(ReadFile(folder.path()).status(), "is a directory"));
  const std::string path = folder.Write("file", std::string("a\0b", 3));
  CHECK(Content(path) == std::string("a\0b", 3));
  CHECK(ReadFile(path, 3).ok());
  CHECK(Mentions(ReadFile(path, 2).status(), path + ": is larger than 2 bytes"));
}

}  // namespace
}  // namespace bytepiece
