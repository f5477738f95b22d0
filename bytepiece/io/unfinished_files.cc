// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/unfinished_files.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <map>
#include <mutex>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/file_descriptor.h"

namespace bytepiece {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".part";

// A name in a slot belongs to whoever takes it out, the file or the signal handler, so that the
// handler never reads freed memory. More files than slots are merely not removed by the handler.
constexpr std::size_t kSlots = 1024;
std::array<std::atomic<const std::string*>, kSlots> unfinished;
static_assert(std::atomic<const std::string*>::is_always_lock_free, "used in a signal handler");

std::atomic_flag names_change = ATOMIC_FLAG_INIT;
bool ending = false;  // guarded by names_change

void TakeNames() {
  while (names_change.test_and_set(std::memory_order_acquire)) sched_yield();
}

// The beginning of all temporary names of a target, short enough for file systems.
std::string Stem(const std::string& target) {
  constexpr std::size_t kMostOfTheName = 200;  // names may have 255 bytes
  const std::size_t slash = target.rfind('/');
  const std::size_t base = slash == std::string::npos ? 0 : slash + 1;
  return absl::StrCat(target.substr(0, base + kMostOfTheName), ".");
}

// Whether `rest` is PID.SERIAL.part, what follows the stem.
bool IsOurEnding(std::string_view rest) {
  constexpr std::string_view kDigits = "0123456789";
  for (const std::string_view mark : {std::string_view("."), kSuffix}) {
    const std::size_t digits = std::min(rest.find_first_not_of(kDigits), rest.size());
    if (digits == 0 || rest.substr(digits, mark.size()) != mark) return false;
    rest.remove_prefix(digits + mark.size());
  }
  return rest.empty();
}

// The names of the temporary files in `folder` when it was first asked for.
const std::vector<std::string>& TemporariesIn(const std::string& folder) {
  static std::map<std::string, std::vector<std::string>>* const listed =
      new std::map<std::string, std::vector<std::string>>;  // lives until the very end
  const auto [entry, is_new] = listed->try_emplace(folder);
  std::error_code error;
  for (fs::directory_iterator file(is_new ? folder : "", error), end; !error && file != end;
       file.increment(error)) {
    std::string name = file->path().filename().native();
    if (name.ends_with(kSuffix)) entry->second.push_back(std::move(name));
  }
  return entry->second;
}

// Unless its writer, who has it locked, still lives.
void RemoveIfDead(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() >= 0 && flock(file.get(), LOCK_EX | LOCK_NB) == 0) unlink(path.c_str());
}

}  // namespace

UnfinishedFilesLock::UnfinishedFilesLock() {
  TakeNames();
  while (ending) {
    names_change.clear();
    pause();  // the process ends
    TakeNames();
  }
}

UnfinishedFilesLock::~UnfinishedFilesLock() { names_change.clear(); }

int CreateTemporary(const std::string& target, std::string* name) {
  static std::atomic<unsigned> serial{0};
  int fd = -1;
  do {
    *name = absl::StrCat(Stem(target), getpid(), ".", serial.fetch_add(1),
                         absl::string_view(kSuffix.data(), kSuffix.size()));
    fd = open(name->c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EEXIST);
  // Where a file system has no locks, nothing is ever taken for dead: RemoveIfDead fails too.
  if (fd >= 0) static_cast<void>(flock(fd, LOCK_EX | LOCK_NB));
  return fd;
}

bool RegisterUnfinished(const std::string* name) {
  for (std::atomic<const std::string*>& slot : unfinished) {
    const std::string* expected = nullptr;
    if (slot.compare_exchange_strong(expected, name)) return true;
  }
  return false;
}

bool UnregisterUnfinished(const std::string* name) {
  for (std::atomic<const std::string*>& slot : unfinished) {
    const std::string* expected = name;
    if (slot.compare_exchange_strong(expected, nullptr)) return true;
  }
  return false;
}

void RemoveUnfinishedFiles() {
  TakeNames();
  ending = true;
  for (std::atomic<const std::string*>& slot : unfinished) {
    if (const std::string* name = slot.exchange(nullptr)) unlink(name->c_str());
  }
  names_change.clear();
}

void RemoveLeftOvers(const std::string& target) {
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  const std::string stem = Stem(target);
  const std::size_t base = stem.rfind('/') + 1;  // 0 if there is none
  const std::string folder = base == 0 ? "." : stem.substr(0, base);
  const std::string_view prefix = std::string_view(stem).substr(base);
  for (const std::string& name : TemporariesIn(folder)) {
    if (name.starts_with(prefix) && IsOurEnding(std::string_view(name).substr(prefix.size()))) {
      RemoveIfDead(folder + "/" + name);
    }
  }
}

}  // namespace bytepiece
