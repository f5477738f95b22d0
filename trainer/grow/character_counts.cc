// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/character_counts.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "bytepiece/base/utf8.h"
#include "trainer/passes/corpus_pass.h"
#include "trainer/passes/counting_options.h"
#include "trainer/setup/memory_budget.h"

namespace bytepiece {

namespace {

class CharacterCounting : public CorpusWork {
 public:
  struct Worker {
    // The keys are the bytes as a number, the first on top, which sorts like them.
    absl::flat_hash_map<std::uint32_t, std::int64_t> counts;
    std::int64_t single = 0;  // characters of one byte
  };

  // Abseil's tables do not survive an allocation that fails while they grow; where that happens to
  // a worker, the program ends at once.
  struct Total {
    std::unordered_map<std::uint32_t, std::int64_t> counts;
    std::int64_t single = 0;
  };

  explicit CharacterCounting(int threads) : workers_(threads) {}

  void Slice(int worker_index, std::string_view text, std::int64_t weight) override {
    Worker& worker = workers_[worker_index];
    while (!text.empty()) {
      const Utf8Char c = DecodeUtf8Char(text);
      if (c.length > 1) {
        std::uint32_t number = 0;
        for (const char byte : text.substr(0, c.length)) {
          number = number << 8 | static_cast<unsigned char>(byte);
        }
        // The bytes go to the top of the number, whatever the length.
        worker.counts[number << (32 - 8 * c.length)] += weight;
      } else if (c.valid) {
        worker.single += weight;
      }
      text.remove_prefix(c.length);
    }
  }

  absl::Status Pause(const CorpusPosition&, Progress* progress) override {
    progress->memory = ResidentBytes();
    return absl::OkStatus();
  }

  // The counts of all workers, which forget them.
  Total TakeTotal() {
    Total total;
    for (Worker& worker : workers_) {
      for (const auto& [number, count] : worker.counts) total.counts[number] += count;
      total.single += worker.single;
      worker = {};
    }
    return total;
  }

 private:
  std::vector<Worker> workers_;
};

// No byte of a character's other than the first is 0.
std::string BytesOf(std::uint32_t number) {
  std::string bytes;
  for (; number != 0; number <<= 8) bytes.push_back(static_cast<char>(number >> 24));
  return bytes;
}

}  // namespace

absl::StatusOr<CharacterCounts> CharacterCounts::Create(DocumentSource* source,
                                                        const CountingOptions& options) {
  CharacterCounting counting(options.threads);
  CorpusPosition position;
  absl::Status status = RunCorpusPass(source,
                                      {.normalization = options.spec->normalization,
                                       .threads = options.threads,
                                       .progress = options.progress,
                                       .batch_bytes = options.budget.batch_bytes,
                                       .inputs = options.inputs,
                                       .boundaries = options.boundaries},
                                      options.sink, &counting, &position);
  if (!status.ok()) return status;
  const CharacterCounting::Total sum = counting.TakeTotal();
  const auto longest = static_cast<std::size_t>(options.spec->max_piece_length);
  CharacterCounts result;
  result.single_ = sum.single;
  result.total_ = sum.single;
  for (const auto& [number, count] : sum.counts) {
    result.total_ += count;
    std::string bytes = BytesOf(number);
    if (bytes.size() > longest) continue;
    result.characters_.push_back({std::move(bytes), count});
  }
  std::sort(result.characters_.begin(), result.characters_.end(),
            [](const Piece& a, const Piece& b) {
              return a.count != b.count ? a.count > b.count : a.bytes < b.bytes;
            });
  for (const Piece& character : result.characters_) {
    result.ranks_.emplace(character.bytes, static_cast<std::int64_t>(result.ranks_.size()));
  }
  return result;
}

std::int64_t CharacterCounts::RankOf(std::string_view bytes) const {
  const auto found = ranks_.find(bytes);
  return found == ranks_.end() ? -1 : found->second;
}

std::int64_t CharacterCounts::NumCovering(double coverage) const {
  const double wanted = coverage * static_cast<double>(total_);
  std::int64_t covered = single_;
  std::int64_t number = 0;
  for (const Piece& character : characters_) {
    if (static_cast<double>(covered) >= wanted) break;
    covered += character.count;
    ++number;
  }
  return number;
}

}  // namespace bytepiece
