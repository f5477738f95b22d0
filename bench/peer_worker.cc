// SPDX-License-Identifier: Apache-2.0
// BytePiece as one of the peers of bench/peers, by the protocol that
// bench/peer_worker.py describes. PEER is "bytepiece", "one_by_one" (a text a call), "perfect" or
// "viterbi": with the last two, ALPHA is that of the sampling.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "bytepiece/batch.h"
#include "bytepiece/io/atomic_file.h"
#include "bytepiece/sampling/sampling_method.h"
#include "bytepiece/text/normalizer.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece {
namespace {

template <typename T>
T ValueOrExit(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::cerr << "peer_worker: " << value.status().message() << "\n";
  std::exit(1);
}

std::vector<std::string> ReadTexts(const std::string& path) {
  const std::string content = ValueOrExit(ReadFile(path));
  std::vector<std::string> texts;
  for (std::size_t at = 0; at < content.size();) {
    std::uint32_t length;
    std::memcpy(&length, content.data() + at, sizeof(length));
    texts.push_back(content.substr(at + sizeof(length), length));
    at += sizeof(length) + length;
  }
  return texts;
}

// Bytes; a field of the kernel's report. (getrusage would count what the process was
// forked from, too.)
std::int64_t Memory(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field, 0) == 0) return std::stoll(line.substr(field.size())) * 1024;
  }
  return 0;
}

// Nanoseconds of this process, all its threads.
std::int64_t CpuTime() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

class Peer {
 public:
  Peer(const std::string& name, const std::string& model, int threads, double alpha)
      : tokenizer_(ValueOrExit(Tokenizer::Load(model, {.trust = ModelTrust::kTrusted}))),
        samples_(name == "perfect" || name == "viterbi"),
        one_by_one_(name == "one_by_one"),
        worker_(tokenizer_.NewWorker()),
        encoder_(tokenizer_, threads) {
    draws_.alphas = {alpha};
    draws_.sampling.method =
        name == "viterbi" ? SamplingMethod::kViterbi : SamplingMethod::kPerfect;
  }

  void Encode(absl::Span<const std::string_view> texts) {
    if (one_by_one_) return EncodeOneByOne(texts);
    ++draws_.sampling.sample;
    const absl::Status status = samples_ ? encoder_.Sample(texts, draws_, {}, &batch_)
                                         : encoder_.Encode(texts, {}, &batch_);
    if (!status.ok()) std::exit(1);
  }

  // Whether the ids stand for the normalised texts.
  bool GivesBack(absl::Span<const std::string_view> texts) const {
    std::string expected;
    std::string buffer;
    for (const std::string_view text : texts) {
      expected += Normalize(tokenizer_.normalization(), text, &buffer);
    }
    return ValueOrExit(tokenizer_.Decode(batch_.ids)) == expected;
  }

  // The ids of all texts, one after the other.
  const std::vector<TokenId>& ids() const { return batch_.ids; }

 private:
  // Each into a vector of its own, as whoever has one text at a time.
  void EncodeOneByOne(absl::Span<const std::string_view> texts) {
    batch_.ids.clear();
    for (const std::string_view text : texts) {
      std::vector<TokenId> ids;
      if (!worker_.Encode(text, {}, &ids).ok()) std::exit(1);
      batch_.ids.insert(batch_.ids.end(), ids.begin(), ids.end());
    }
  }

  Tokenizer tokenizer_;
  bool samples_;
  bool one_by_one_;
  Worker worker_;
  BatchEncoder encoder_;
  BatchSampleOptions draws_;
  TokenBatch batch_;
};

// Runs from its making on.
class Stopwatch {
 public:
  double Seconds() const { return std::chrono::duration<double>(Wall()).count(); }
  // The times of one pass, as members of JSON.
  std::string Times(std::int64_t passes) const {
    return "\"wall_ns\": " + std::to_string(Wall().count() / passes) +
           ", \"cpu_ns\": " + std::to_string((CpuTime() - cpu_) / passes);
  }

 private:
  std::chrono::nanoseconds Wall() const { return std::chrono::steady_clock::now() - wall_; }

  std::int64_t cpu_ = CpuTime();
  std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
};

// Encodes at least once and for `seconds`, the times being of one pass: who encodes more than
// a few megabytes finds the tables in the caches, and so does every peer here.
std::string Run(Peer* peer, absl::Span<const std::string_view> texts, double seconds) {
  const Stopwatch stopwatch;
  std::int64_t passes = 0;
  do {
    peer->Encode(texts);
    ++passes;
  } while (stopwatch.Seconds() < seconds);
  return stopwatch.Times(passes);
}

std::string Check(Peer* peer, absl::Span<const std::string_view> texts, const std::string& path) {
  const std::string times = Run(peer, texts, 0);
  const std::vector<TokenId>& ids = peer->ids();
  AtomicFile file = ValueOrExit(AtomicFile::Create(path));
  const std::string_view bytes(reinterpret_cast<const char*>(ids.data()),
                               ids.size() * sizeof(TokenId));
  if (!file.Write(bytes).ok() || !file.Commit().ok()) std::exit(1);
  return times + ", \"tokens\": " + std::to_string(ids.size()) +
         ", \"gives_back\": " + (peer->GivesBack(texts) ? "true" : "false");
}

// The texts of a file, and views of them.
class Texts {
 public:
  explicit Texts(const std::string& path)
      : owned_(ReadTexts(path)), views_(owned_.begin(), owned_.end()) {}
  Texts(Texts&&) = default;
  absl::Span<const std::string_view> views() const { return views_; }

 private:
  std::vector<std::string> owned_;
  std::vector<std::string_view> views_;
};

int Main(int argc, char** argv) {
  int threads = 0;
  double alpha = 0;
  if (argc < 6 || !absl::SimpleAtoi(argv[3], &threads) ||
      (std::string_view(argv[4]) != "none" && !absl::SimpleAtod(argv[4], &alpha))) {
    std::cerr << "usage: peer_worker bytepiece|perfect|viterbi MODEL THREADS ALPHA TEXTS NEW...\n";
    return 1;
  }
  std::vector<Texts> files;
  for (int i = 5; i < argc; ++i) files.emplace_back(argv[i]);
  const absl::Span<const std::string_view> texts = files[0].views();
  std::size_t next_new = 1;
  const std::int64_t before = Memory("VmRSS:");
  const Stopwatch start;
  Peer peer(argv[1], argv[2], threads, alpha);
  const std::string_view word = "word";
  peer.Encode({&word, 1});
  std::cout << "{\"version\": \"" BYTEPIECE_VERSION "\", " << start.Times(1) << "}" << std::endl;
  std::string command;
  while (std::cin >> command) {
    if (command == "check") {
      std::string path;
      std::getline(std::cin >> std::ws, path);
      std::cout << "{" << Check(&peer, texts, path) << "}" << std::endl;
    } else if (command == "run") {
      double seconds = 0;
      std::cin >> seconds;
      std::cout << "{" << Run(&peer, texts, seconds) << "}" << std::endl;
    } else if (command == "new") {
      std::cout << "{" << Run(&peer, files.at(next_new++).views(), 0) << "}" << std::endl;
    } else {
      std::cout << "{\"memory\": " << Memory("VmHWM:") - before
                << ", \"peak_memory\": " << Memory("VmHWM:") << "}" << std::endl;
      return 0;
    }
  }
  return 0;
}

}  // namespace
}  // namespace bytepiece

int main(int argc, char** argv) { return bytepiece::Main(argc, argv); }
