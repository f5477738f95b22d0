// SPDX-License-Identifier: Apache-2.0
#include "trainer/setup/memory_budget.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "bytepiece/io/atomic_file.h"
#include "trainer/setup/options.h"

namespace bytepiece {
namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;
// The program, its libraries and their tables, the unpacking of input, and what
// the allocator rounds up. Measured: 20 MB; the rest is caution.
constexpr std::int64_t kFixed = 32 * kMiB;
// Per thread: stack, slices, segmenter, and a block of each open run.
constexpr std::int64_t kFixedPerThread = 6 * kMiB;
// The part of kFixed's caution that reading may have; a sixteenth of the rest comes from
// what the other shares leave.
constexpr std::int64_t kLeastReading = 6 * kMiB;
constexpr std::int64_t kLeastBatch = kMiB / 2;
constexpr std::int64_t kMostBatch = kMiB;
constexpr std::int64_t kLeastKeys = std::int64_t{1} << 18;
// More sorts no faster, and makes the fewest runs that matter.
constexpr std::int64_t kMostKeys = std::int64_t{1} << 22;
// Keys, scratch, and the few that chunks cut off.
constexpr std::int64_t kBytesPerKey = 18;

constexpr std::int64_t kLeastPerThread =
    kFixedPerThread + 3 * kLeastBatch + 4 * kLeastKeys * kBytesPerKey;

// More than any machine has, and little enough to be multiplied.
constexpr std::int64_t kMostUsable = std::int64_t{1} << 56;

constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

std::int64_t LeastFor(std::int64_t threads) { return kFixed + threads * kLeastPerThread; }

// The lines of a file of the system's; none if it cannot be read, as most are not there on most
// systems. What is unknown limits nothing: it changes how memory is divided, and no result.
std::vector<std::string> SystemLines(const std::string& path) {
  return absl::StrSplit(ReadFile(path).value_or(""), '\n', absl::SkipEmpty());
}

// The number that a text begins with, after spaces; kUnlimited if it begins with none ("max").
std::int64_t LeadingNumber(absl::string_view text) {
  text = absl::StripLeadingAsciiWhitespace(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? value : kUnlimited;
}

// The first number after `name` in a file of "name value" lines, or the first
// number of all if `name` is empty.
std::int64_t ReadNumber(const std::string& path, absl::string_view name) {
  for (const std::string& line : SystemLines(path)) {
    absl::string_view rest = line;
    if (absl::ConsumePrefix(&rest, name)) return LeadingNumber(rest);
  }
  return kUnlimited;
}

// The tightest limit of the control groups this process is in.
std::int64_t ControlGroupLimit() {
  std::int64_t limit = kUnlimited;
  for (const std::string& line : SystemLines("/proc/self/cgroup")) {
    const std::size_t second = line.find(':', line.find(':') + 1);
    if (second == std::string::npos) continue;
    const bool v2 = line.starts_with("0::");
    if (!v2 && line.find(":memory:") == std::string::npos) continue;
    // A group is limited by those above it, too. In a container its own may be
    // mounted as the root.
    for (std::string path = line.substr(second + 1);; path.resize(path.rfind('/'))) {
      limit = std::min(
          limit, v2 ? ReadNumber("/sys/fs/cgroup" + path + "/memory.max", "")
                    : ReadNumber("/sys/fs/cgroup/memory" + path + "/memory.limit_in_bytes", ""));
      if (path.find('/') == std::string::npos) break;
    }
  }
  return limit;
}

}  // namespace

absl::StatusOr<MemoryBudget> DivideMemory(std::int64_t limit, int threads) {
  limit = std::min(limit, kMostUsable);
  if (limit < LeastFor(threads)) {
    return absl::InvalidArgumentError(
        absl::StrCat("memory limit ", FormatMemorySize(limit), " is below ",
                     FormatLeastMemory(LeastFor(threads)), ", the least for ", threads,
                     threads == 1 ? " thread" : " threads", "; raise --memory-limit",
                     threads == 1 ? "" : ", or lower --threads"));
  }
  MemoryBudget budget;
  budget.limit = limit;
  budget.threads = threads;
  std::int64_t rest = limit - kFixed - threads * kFixedPerThread;
  budget.reading_bytes = kLeastReading + rest / kReadingShare;
  budget.batch_bytes = std::clamp(rest / (32 * threads), kLeastBatch, kMostBatch);
  rest -= 3 * threads * budget.batch_bytes;  // one read, one worked on, one normalised
  budget.ngram_buffer_keys =
      std::clamp(rest * 2 / 5 / (threads * kBytesPerKey), kLeastKeys, kMostKeys);
  const std::int64_t buffers = threads * budget.ngram_buffer_keys * kBytesPerKey;
  // A batch may overshoot by a run for each thread, 7 bytes an entry at worst.
  budget.run_bytes = std::max<std::int64_t>((rest - buffers) * 4 / 5 - buffers * 2 / 5, kMiB);
  budget.work_bytes = rest * 9 / 10;
  return budget;
}

absl::StatusOr<MemoryBudget> PrepareMemory(std::int64_t limit, int threads) {
  ReturnFreedBlocks();
  if (limit <= 0) limit = DefaultMemoryLimit();
  if (threads <= 0) {
    const std::int64_t room = (limit - kFixed) / kLeastPerThread;
    threads = static_cast<int>(std::clamp<std::int64_t>(room, 1, EffectiveThreads(0)));
  }
  return DivideMemory(limit, threads);
}

std::int64_t DefaultMemoryLimit() {
  const std::int64_t kib = ReadNumber("/proc/meminfo", "MemAvailable:");
  std::int64_t available = kib < kUnlimited / 1024 ? kib * 1024 : kUnlimited;
  if (available == kUnlimited) {
    available = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  }
  return std::min(available, ControlGroupLimit()) / 4 * 3;
}

absl::StatusOr<std::int64_t> ParseMemorySize(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  constexpr std::string_view kSuffixes = "kmgt";
  double factor = 1;
  if (!suffix.empty() && suffix[0] != 'B') {
    const std::size_t power = kSuffixes.find(static_cast<char>(suffix[0] | 0x20));
    if (power == std::string_view::npos) factor = 0;
    for (std::size_t i = 0; i <= power && factor > 0; ++i) factor *= 1024;
    suffix.remove_prefix(1);
    if (suffix.starts_with("i")) suffix.remove_prefix(1);
  }
  if (suffix == "B") suffix = "";
  const double bytes = number * factor;
  if (error != std::errc() || !suffix.empty() || !(bytes > 0) || !(bytes < 0x1p62)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", std::string(text), "\" is no size; write 512M, 2G or 1.5G"));
  }
  return static_cast<std::int64_t>(bytes);
}

std::string FormatLeastMemory(std::int64_t bytes) {
  return absl::StrCat((bytes + kMiB - 1) / kMiB, "M");
}

std::string FormatMemorySize(std::int64_t bytes) {
  if (bytes < 1024) return absl::StrCat(bytes, bytes == 1 ? " byte" : " bytes");
  if (bytes < kMiB) return absl::StrFormat("%.0fk", static_cast<double>(bytes) / 1024);
  const double mib = static_cast<double>(bytes) / kMiB;
  return mib < 1024 ? absl::StrFormat("%.0fM", mib) : absl::StrFormat("%.1fG", mib / 1024);
}

std::int64_t ResidentBytes() {
  const std::string sizes = ReadFile("/proc/self/statm").value_or("");
  const std::vector<absl::string_view> pages = absl::StrSplit(sizes, ' ');
  std::int64_t resident = 0;  // the second of them
  if (pages.size() < 2 || !absl::SimpleAtoi(pages[1], &resident)) return 0;
  return resident * sysconf(_SC_PAGESIZE);
}

std::int64_t PeakResidentBytes() {
  const std::int64_t kib = ReadNumber("/proc/self/status", "VmHWM:");
  return kib < kUnlimited / 1024 ? kib * 1024 : 0;
}

void ReturnFreedBlocks() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, static_cast<int>(kMiB));
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(4 * kMiB));
#endif
}

void ReturnFreedMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace bytepiece
