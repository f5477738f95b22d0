// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/unfinished_files.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "bytepiece/io/atomic_file.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

namespace fs = std::filesystem;

std::ptrdiff_t NumFiles(const TempDir& folder) {
  return std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator());
}

// A process that writes to `path`, once it has begun. It takes no listing of folders, which a
// process does once.
pid_t StartWriting(const std::string& path) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::string name;
    const UnfinishedFilesLock lock;
    if (CreateTemporary(path, &name) < 0) _exit(1);
    pause();
  }
  return child;
}

void Kill(pid_t child) {
  REQUIRE(kill(child, SIGKILL) == 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
}

TEST_CASE("what a killed process left goes, what a living one writes stays") {
  const TempDir dead;
  const TempDir alive;
  const pid_t killed = StartWriting(dead.File("out"));
  const pid_t living = StartWriting(alive.File("out"));
  while (NumFiles(dead) + NumFiles(alive) < 2) usleep(1000);
  usleep(20000);  // the lock follows the name
  Kill(killed);
  REQUIRE(NumFiles(dead) == 1);
  RemoveLeftOvers(dead.File("out"));
  CHECK(NumFiles(dead) == 0);
  RemoveLeftOvers(alive.File("out"));
  CHECK(NumFiles(alive) == 1);
  Kill(living);
}

TEST_CASE("only files named as ours, and for this target, are left-overs") {
  const TempDir folder;
  for (const char* name : {"out.1.part", "out.1.2.3.part", "out.a.2.part", "out.1.2.part.x",
                           "out2.1.2.part", "xout.1.2.part", "out.1.2.part/file"}) {
    folder.Write(name, "");
  }
  RemoveLeftOvers(folder.File("out"));
  CHECK(NumFiles(folder) == 7);
  const TempDir other;
  other.Write("out.1.2.part", "");
  CHECK(AtomicFile::Create(other.File("out"))->Commit().ok());
  CHECK(NumFiles(other) == 1);
  CHECK(fs::exists(other.File("out")));
}

}  // namespace
}  // namespace bytepiece
