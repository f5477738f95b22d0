// SPDX-License-Identifier: Apache-2.0
#include "trainer/passes/corpus_pass.h"

#define XXH_INLINE_ALL  // nothing to link for those who link us
#include <xxhash.h>

#include <algorithm>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "bytepiece/base/checked_math.h"
#include "bytepiece/base/for_each_on_threads.h"
#include "bytepiece/text/normalizer.h"
#include "bytepiece/text/splitter.h"

namespace bytepiece {
namespace {

constexpr std::size_t kSliceBytes = std::size_t{256} << 10;

struct Batch {
  absl::Status status;
  std::vector<std::string> parts;
  std::int64_t weight = 1;
  std::int64_t documents = 0;  // so far
  std::int64_t consumed = 0;   // as the source says after reading it
  std::int64_t skipped = 0;    // bytes of text before it that were not wanted
  InputDigests inputs;         // of all up to here
};

// Reads the corpus from its start and delivers what lies after a position. What is skipped is read
// all the same, since only that finds the ends of parts, and tells whether they are what they were.
class BatchReader {
 public:
  BatchReader(DocumentSource* source, std::int64_t max_bytes, const CorpusPosition& from)
      : source_(source), max_bytes_(max_bytes), skip_(from.parts), skipped_inputs_(from.inputs) {}

  // No parts at the end, and after an error.
  Batch Read() {
    Batch batch;
    do {
      batch.status = source_->Read(max_bytes_, &batch.parts);
      if (batch.status.ok()) batch.status = Digest(batch.parts);
      if (!batch.status.ok() || batch.parts.empty()) break;
      Skip(&batch);
    } while (batch.parts.empty());
    batch.weight = source_->weight();
    batch.documents = source_->documents();
    batch.consumed = source_->consumed();
    batch.inputs = hasher_.digests();
    return batch;
  }

 private:
  absl::Status Digest(const std::vector<std::string>& parts) {
    const absl::Span<const std::size_t> inputs = source_->inputs();
    std::int64_t left_to_skip = skip_;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      hasher_.Add(inputs.empty() ? 0 : inputs[i], parts[i]);
      if (--left_to_skip == 0) {
        if (absl::Status status = CheckSkipped(); !status.ok()) return status;
      }
      if (!AddProduct(static_cast<std::int64_t>(parts[i].size()), source_->weight(),
                      &weighted_bytes_) ||
          weighted_bytes_ >= kMaxWeightedBytes) {
        return TooMuch();
      }
    }
    return parts.empty() && skip_ > 0 ? CheckSkipped() : absl::OkStatus();
  }

  absl::Status CheckSkipped() const {
    // A position of which nobody knows more than the number.
    if (skipped_inputs_.empty()) return absl::OkStatus();
    return CheckSameInputs(*source_, skipped_inputs_, hasher_.digests());
  }

  void Skip(Batch* batch) {
    const auto wanted =
        batch->parts.begin() + std::min(skip_, static_cast<std::int64_t>(batch->parts.size()));
    for (auto part = batch->parts.begin(); part != wanted; ++part) {
      batch->skipped += static_cast<std::int64_t>(part->size());
    }
    skip_ -= wanted - batch->parts.begin();
    batch->parts.erase(batch->parts.begin(), wanted);
  }

  absl::Status TooMuch() const {
    return absl::InvalidArgumentError(absl::StrCat(
        "the corpus' text, each byte counted by its document's weight, comes to ",
        kMaxWeightedBytes / source_->unit(), " bytes or more, and counts in units of 1/",
        source_->unit(),
        " could not be held; use smaller weights, or such with a smaller common denominator"));
  }

  DocumentSource* source_;
  std::int64_t max_bytes_;
  std::int64_t skip_;  // parts
  const InputDigests skipped_inputs_;
  InputHasher hasher_;
  std::int64_t weighted_bytes_ = 0;
};

// Finds the places of CorpusPassOptions::mark_every.
class Marks {
 public:
  // After `bytes` of text.
  Marks(std::int64_t every, std::int64_t bytes) : every_(every), bytes_(bytes) {}

  // Where the first mark after parts[begin] lies, as the end of what is before it, or
  // else parts.size().
  std::size_t Next(const std::vector<std::string>& parts, std::size_t begin, bool* mark) {
    *mark = false;
    std::size_t end = begin;
    while (end < parts.size() && !*mark) {
      const std::int64_t before = bytes_;
      bytes_ += static_cast<std::int64_t>(parts[end++].size());
      *mark = every_ > 0 && bytes_ / every_ > before / every_;
    }
    return end;
  }

 private:
  std::int64_t every_;
  std::int64_t bytes_;
};

// Calls slice(text) for what is between the boundaries in `text`, which may be null.
template <typename Slice>
void ForEachBetween(const SpecialTokens* boundaries, std::string_view text, const Slice& slice) {
  if (boundaries == nullptr) return slice(text);
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::optional<SpecialTokens::Match> match =
        boundaries->Find(text, begin, {SpecialTokenPolicy::kAllow});
    const std::size_t end = match ? match->begin : text.size();
    if (end > begin) slice(text.substr(begin, end - begin));
    begin = match ? match->end : text.size();
  }
}

void DoSlices(const CorpusPassOptions& options, absl::Span<const std::string> parts,
              std::int64_t weight, CorpusWork* work, std::vector<std::string>* buffers) {
  std::vector<std::string_view> slices;
  for (const std::string& part : parts) AppendSafeSlices(part, kSliceBytes, &slices);
  if (options.one_in > 1) {
    std::erase_if(slices, [&options](std::string_view slice) {
      const std::uint64_t hash = XXH3_64bits(slice.data(), slice.size());
      return hash % static_cast<std::uint64_t>(options.one_in) != 0;
    });
  }
  ForEachOnThreads(slices.size(), options.threads, [&](std::size_t i, int worker) {
    ForEachBetween(options.boundaries, slices[i], [&](std::string_view text) {
      work->Slice(worker, Normalize(options.normalization, text, &(*buffers)[worker]), weight);
    });
  });
}

// All of the batch, marks included.
absl::Status DoBatch(const CorpusPassOptions& options, const Batch& batch, Marks* marks,
                     CorpusWork* work, std::vector<std::string>* buffers) {
  const absl::Span<const std::string> parts = batch.parts;
  std::size_t begin = 0;
  while (begin < parts.size()) {
    bool mark = false;
    const std::size_t end = marks->Next(batch.parts, begin, &mark);
    DoSlices(options, parts.subspan(begin, end - begin), batch.weight, work, buffers);
    if (mark) {
      if (absl::Status status = work->Mark(); !status.ok()) return status;
    }
    begin = end;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunCorpusPass(DocumentSource* source, const CorpusPassOptions& options,
                           ProgressSink* sink, CorpusWork* work, CorpusPosition* position) {
  if (absl::Status status = source->Rewind(); !status.ok()) return status;
  const std::int64_t max_bytes = options.batch_bytes * options.threads;
  std::vector<std::string> buffers(options.threads);
  Progress progress = options.progress;
  progress.unit = "bytes";
  progress.total = source->total();

  BatchReader reader(source, max_bytes, *position);
  Batch batch = reader.Read();
  Marks marks(options.mark_every, batch.skipped);
  progress.skipped = position->parts > 0 ? batch.consumed : 0;
  while (batch.status.ok() && !batch.parts.empty()) {
    std::future<Batch> next = std::async(std::launch::async, &BatchReader::Read, &reader);
    absl::Status status;
    if (work != nullptr) status = DoBatch(options, batch, &marks, work, &buffers);
    position->parts += static_cast<std::int64_t>(batch.parts.size());
    position->documents = batch.documents;
    position->inputs = std::move(batch.inputs);
    progress.done = batch.consumed;
    batch.parts.clear();
    if (status.ok() && work != nullptr) status = work->Pause(*position, &progress);
    const bool go_on = sink == nullptr || sink->Update(progress);
    batch = next.get();
    if (!status.ok()) return status;
    if (!go_on) return absl::CancelledError("stopped on request");
  }
  if (!batch.status.ok() || options.inputs.empty()) return batch.status;
  return CheckSameInputs(*source, options.inputs, batch.inputs);
}

}  // namespace bytepiece
