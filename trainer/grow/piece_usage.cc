// SPDX-License-Identifier: Apache-2.0
#include "trainer/grow/piece_usage.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bytepiece/base/checked_math.h"
#include "bytepiece/base/utf8.h"
#include "bytepiece/sampling/expected_uses.h"
#include "bytepiece/segmentation/segmenter.h"
#include "bytepiece/text/splitter.h"
#include "trainer/grow/pair_counter.h"
#include "trainer/grow/piece_scores.h"
#include "trainer/grow/soft_counts.h"
#include "trainer/passes/counting_work.h"

namespace bytepiece {
namespace {

// Slices are gathered until they hold so many bytes: enough for the look-ups of short
// documents to overlap.
constexpr std::size_t kSegmentedTogether = std::size_t{32} << 10;

// More sorts no faster. Keys and the sort's scratch, and what the allocator rounds up.
constexpr std::int64_t kMostBufferKeys = std::int64_t{1} << 21;
constexpr std::int64_t kBytesPerKey = 18;

struct Worker {
  explicit Worker(std::size_t num_pieces)
      : counts(num_pieces, 0), spreads(num_pieces, 0), in_slice(num_pieces, 0) {}

  std::int64_t weight = 1;
  std::string text;
  std::vector<std::size_t> chunk_ends;  // in text
  std::vector<std::size_t> slice_ends;  // in chunk_ends
  SegmenterScratch scratch;
  std::vector<std::int32_t> parts;
  std::vector<std::size_t> part_ends;
  std::optional<PairCounter> pairs;  // if they are counted

  std::vector<std::int64_t> counts;
  std::vector<std::int64_t> spreads;
  bool fits = true;                    // whether what is counted does
  std::vector<std::int32_t> in_slice;  // of one slice; else 0
  std::vector<std::int32_t> seen;      // in that slice
  std::unique_ptr<ExpectedUses> uses;  // in that slice, if counts are soft
};

class UsageWork : public CountingWork {
 public:
  // Counts the pieces of the best segmentations, unless it is told more before Run.
  UsageWork(const CountingOptions& options, const Segmenter* segmenter,
            const std::vector<Piece>& pieces, RunSet* runs, CountingState* state)
      : CountingWork(options, runs, state),
        segmenter_(segmenter),
        pieces_(pieces),
        splitter_(options.spec->isolate_digits) {
    for (int i = 0; i < options.threads; ++i) workers_.emplace_back(pieces.size());
  }

  // Counts the uses in all segmentations instead.
  void CountByAll(const SoftCounts& soft) {
    for (Worker& worker : workers_) {
      worker.uses = std::make_unique<ExpectedUses>(segmenter_->scanner(), soft.weights());
    }
  }

  // Neighbours in the best ones, too; half of the memory sorts them, half is for their runs.
  void CountNeighbours(const PairOptions& pair_options, std::int64_t memory) {
    most_run_bytes_ = memory / 2;
    const auto buffer_keys = static_cast<std::size_t>(
        std::min(kMostBufferKeys, memory / 2 / options_.threads / kBytesPerKey));
    for (Worker& worker : workers_) worker.pairs.emplace(buffer_keys);
    max_length_ = pair_options.max_length;
    can_grow_.reserve(pieces_.size());
    for (const Piece& piece : pieces_) {
      can_grow_.push_back(piece.count >= pair_options.min_count &&
                          (!options_.spec->ensure_unicode || IsValidUtf8(piece.bytes)));
    }
  }

  void Slice(int worker_index, std::string_view text, std::int64_t weight) override {
    Worker& worker = workers_[worker_index];
    if (weight != worker.weight) {
      Flush(&worker);
      worker.weight = weight;
    }
    std::size_t end = worker.text.size();
    worker.text += text;
    while (!text.empty()) {
      const std::size_t length = splitter_.NextChunk(text);
      end += length;
      worker.chunk_ends.push_back(end);
      text.remove_prefix(length);
    }
    worker.slice_ends.push_back(worker.chunk_ends.size());
    if (end >= kSegmentedTogether) Flush(&worker);
  }

  absl::StatusOr<PieceUsage> Sum() const {
    PieceUsage sum = {workers_[0].counts, workers_[0].spreads};
    bool fits = workers_[0].fits;
    for (std::size_t w = 1; w < workers_.size(); ++w) {
      fits = fits && workers_[w].fits;
      for (std::size_t i = 0; i < pieces_.size(); ++i) {
        fits = AddTo(workers_[w].counts[i], &sum.counts[i]) && fits;
        fits = AddTo(workers_[w].spreads[i], &sum.spreads[i]) && fits;
      }
    }
    for (std::vector<std::int64_t>* const sums : {&sum.counts, &sum.spreads}) {
      for (std::int64_t& one : *sums) {
        fits = AddProduct(std::exchange(one, 0), options_.one_in, &one) && fits;
      }
    }
    if (!fits) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a piece is used so often, by the documents' weights, that its count, in units of 1/",
          kSpreadUnit * options_.unit,
          ", comes to 2^63 or more; use smaller weights, or such with a smaller common "
          "denominator, or --method recover"));
    }
    if (workers_[0].uses == nullptr) return sum;
    for (std::int64_t& count : sum.counts) count = (count + kSpreadUnit / 2) / kSpreadUnit;
    return sum;
  }

 protected:
  void Collect() override {
    for (Worker& worker : workers_) {
      if (worker.pairs) runs_->Add(worker.pairs->TakeFinishedRuns());
    }
  }
  std::int64_t MostRunBytes() const override { return most_run_bytes_; }
  std::vector<CountRun> Take(int worker) override {
    Flush(&workers_[worker]);
    std::optional<PairCounter>& pairs = workers_[worker].pairs;
    return pairs ? pairs->TakeRuns() : std::vector<CountRun>();
  }

 private:
  void Flush(Worker* worker) const {
    if (worker->text.empty()) return;
    const bool soft = worker->uses != nullptr;
    if (soft) CountSoftly(worker);
    if (!soft || worker->pairs) {
      worker->parts.clear();
      worker->part_ends.clear();
      segmenter_->AppendEach(worker->text, worker->chunk_ends, 0, &worker->scratch, &worker->parts,
                             &worker->part_ends);
    }
    if (!soft) CountSlices(worker);
    if (worker->pairs) CountPairs(worker);
    worker->text.clear();
    worker->chunk_ends.clear();
    worker->slice_ends.clear();
  }

  static void CountSlices(Worker* worker) {
    std::size_t first_chunk = 0;
    for (const std::size_t end_chunk : worker->slice_ends) {
      CountSlice(worker, first_chunk, end_chunk);
      first_chunk = end_chunk;
    }
  }

  // Counts in units of 1/kSpreadUnit, too.
  void CountSoftly(Worker* worker) const {
    const auto add = [&](double x, std::int64_t* sum) {
      const std::int64_t units = std::llround(static_cast<double>(kSpreadUnit) * x);
      worker->fits = AddProduct(units, worker->weight, sum) && worker->fits;
    };
    std::size_t slice = 0;
    worker->uses->AddEach(worker->text, worker->chunk_ends, [&](std::size_t chunk, bool is_in) {
      if (!is_in) AddBest(worker, chunk);
      if (chunk + 1 != worker->slice_ends[slice]) return;
      worker->uses->Take([&](std::int32_t part, double uses) {
        add(uses, &worker->counts[part]);
        add(uses < 1 ? uses : std::sqrt(uses), &worker->spreads[part]);
      });
      ++slice;
    });
  }

  // The pieces of a chunk's best segmentation, for one whose others cannot be weighed: with
  // long runs of bytes that hardly have a score.
  void AddBest(Worker* worker, std::size_t chunk) const {
    const std::size_t begin = chunk > 0 ? worker->chunk_ends[chunk - 1] : 0;
    const std::size_t size = worker->chunk_ends[chunk] - begin;
    worker->parts.clear();
    worker->part_ends.clear();
    segmenter_->AppendEach(std::string_view(worker->text).substr(begin, size), {&size, 1}, 0,
                           &worker->scratch, &worker->parts, &worker->part_ends);
    for (const std::int32_t part : worker->parts) worker->uses->Add(part, 1);
  }

  static void CountSlice(Worker* worker, std::size_t first_chunk, std::size_t end_chunk) {
    const std::size_t begin = first_chunk > 0 ? worker->part_ends[first_chunk - 1] : 0;
    const std::size_t end = worker->part_ends[end_chunk - 1];
    for (std::size_t i = begin; i < end; ++i) {
      const std::int32_t part = worker->parts[i];
      if (worker->in_slice[part]++ == 0) worker->seen.push_back(part);
    }
    for (const std::int32_t part : worker->seen) {
      const std::int32_t count = std::exchange(worker->in_slice[part], 0);
      worker->counts[part] += count * worker->weight;  // kMaxWeightedBytes
      const std::int64_t spread = std::llround(static_cast<double>(kSpreadUnit) * std::sqrt(count));
      worker->fits = AddProduct(spread, worker->weight, &worker->spreads[part]) && worker->fits;
    }
    worker->seen.clear();
  }

  void CountPairs(Worker* worker) const {
    worker->pairs->SetWeight(worker->weight);
    std::size_t part = 0;
    for (const std::size_t end : worker->part_ends) {
      for (; part + 1 < end; ++part) {
        const std::int32_t left = worker->parts[part];
        const std::int32_t right = worker->parts[part + 1];
        if (can_grow_[left] && can_grow_[right] &&
            pieces_[left].bytes.size() + pieces_[right].bytes.size() <= max_length_) {
          worker->pairs->Add(left, right);
        }
      }
      part = end;
    }
  }

  const Segmenter* segmenter_;
  const std::vector<Piece>& pieces_;
  TrainingSplitter splitter_;
  std::size_t max_length_ = 0;  // of two neighbours
  std::vector<char> can_grow_;  // by piece
  std::int64_t most_run_bytes_ = 0;
  std::vector<Worker> workers_;
};

}  // namespace

std::int64_t PieceUsageMemory(const std::vector<Piece>& pieces, int threads, bool soft) {
  // The piece; its scores; what each thread counts, or, in its place, what ranking takes.
  // Measured for the automaton.
  std::int64_t bytes = 0;
  for (const Piece& piece : pieces) {
    const std::size_t length = piece.bytes.size();
    bytes += 200 + 16 * static_cast<std::int64_t>(length) + 24 * threads;
    if (soft) {
      bytes += Segmenter::ScannerMemoryOf(length) + SoftCounts::MemoryOf(length, threads);
    }
  }
  return bytes;
}

absl::StatusOr<PieceUsage> CountPieceUsage(DocumentSource* source, const CountingOptions& options,
                                           const std::vector<Piece>& pieces,
                                           const PairOptions& pair_options, RunSet* pairs) {
  const bool soft = options.spec->soft_counts;
  const std::int64_t least_for_pairs = options.threads * kLeastForPieces;
  const std::int64_t memory = PieceUsageMemory(pieces, options.threads, soft);
  const std::int64_t left = options.budget.work_bytes - memory - least_for_pairs;
  if (left < 0) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "counting the use of ", pieces.size(), " pieces takes ",
        FormatMemorySize(memory + least_for_pairs), " of memory, but --memory-limit leaves ",
        FormatMemorySize(options.budget.work_bytes),
        " for it; raise --memory-limit, lower --vocab-size, or ",
        soft ? "leave out --soft-counts" : "use --method recover"));
  }
  // Soft counts need the fast kernel's tables.
  absl::StatusOr<Segmenter> segmenter =
      Segmenter::CreateWithoutScores(pieces, soft ? memory : left / 2);
  if (!segmenter.ok()) return segmenter.status();
  segmenter->SetScores(PieceScores(pieces));
  std::unique_ptr<const SoftCounts> soft_counts;
  if (soft) {
    soft_counts = std::make_unique<const SoftCounts>(pieces, segmenter->scanner());
    if (soft_counts->empty()) {
      return absl::ResourceExhaustedError(absl::StrCat(
          pieces.size(), " pieces are too many for soft counts; leave out --soft-counts"));
    }
  }
  RunSet none(PairCounter::Header(*options.spec, options.unit), nullptr);
  CountingState state;
  UsageWork work(options, &*segmenter, pieces, pairs != nullptr ? pairs : &none, &state);
  if (soft_counts != nullptr) work.CountByAll(*soft_counts);
  if (pairs != nullptr) work.CountNeighbours(pair_options, left / 2 + least_for_pairs);
  absl::Status status = work.Run(source, CorpusPosition());
  if (!status.ok()) return status;
  return work.Sum();
}

}  // namespace bytepiece
