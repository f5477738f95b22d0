// SPDX-License-Identifier: Apache-2.0
// Many documents at once, on all cores, into flat arrays. Results stand in the order of the
// documents and do not depend on the number of threads: long documents are cut where that changes
// nothing, short ones are taken many at a time.
//
//   bytepiece::BatchEncoder encoder(tokenizer);
//   bytepiece::TokenBatch batch;
//   absl::Status status = encoder.Encode({"one document", "another"}, {}, &batch);
//   batch.ids_of(1);  // those of "another"
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/export.h"
#include "bytepiece/base/types.h"
#include "bytepiece/encode_options.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece::inline v0 {

// The ids of some rows, one row after the other.
struct TokenBatch {
  std::vector<TokenId> ids;
  // Row i is ids[offsets[i]] up to, not including, ids[offsets[i + 1]].
  std::vector<std::int64_t> offsets = {0};
  // By id, the half-open range of its document in bytes, if asked for; else empty.
  std::vector<ByteSpan> spans;

  std::size_t size() const { return offsets.size() - 1; }
  absl::Span<const TokenId> ids_of(std::size_t row) const {
    return absl::MakeSpan(ids).subspan(offsets[row], offsets[row + 1] - offsets[row]);
  }
  // Empty if none were asked for.
  absl::Span<const ByteSpan> spans_of(std::size_t row) const {
    if (spans.empty()) return {};
    return absl::MakeSpan(spans).subspan(offsets[row], offsets[row + 1] - offsets[row]);
  }
};

// The bytes of some rows, likewise.
struct TextBatch {
  std::string bytes;
  std::vector<std::int64_t> offsets = {0};

  std::size_t size() const { return offsets.size() - 1; }
  std::string_view text_of(std::size_t row) const {
    return std::string_view(bytes).substr(offsets[row], offsets[row + 1] - offsets[row]);
  }
};

// How several random segmentations of each document are drawn.
struct BatchSampleOptions {
  // Document i has the random stream (seed, document + i, sample). alpha is not read.
  SampleOptions sampling;
  // Not empty: the numbers of the documents, in the place of document + i.
  absl::Span<const std::uint64_t> numbers = {};
  // One segmentation of each document for each of these: number sampling.sample + j with alphas[j].
  // Equal neighbours are drawn together, for little more than the time of one.
  std::vector<double> alphas = {SampleOptions().alpha};
};

// Keeps a worker for each thread from call to call. Not for two calls at once. Where a call fails,
// its error is that of the first document (or part) that has one, *batch is empty, and
// failed_document() says which it was.
class BYTEPIECE_EXPORT BatchEncoder {
 public:
  // threads <= 0: as many as there are cores. Keeps what it needs of the tokenizer, which may go.
  explicit BatchEncoder(const Tokenizer& tokenizer, int threads = 0);
  BatchEncoder(BatchEncoder&&) noexcept;
  BatchEncoder& operator=(BatchEncoder&&) noexcept;
  ~BatchEncoder();

  // Replaces *batch by a row for each document. Fails under SpecialTokenPolicy::kForbid or where
  // memory ends.
  absl::Status Encode(absl::Span<const std::string_view> documents, const EncodeOptions& options,
                      TokenBatch* batch);
  // The same, with batch->spans.
  absl::Status EncodeWithOffsets(absl::Span<const std::string_view> documents,
                                 const EncodeOptions& options, TokenBatch* batch);

  // The same for documents that come in parts, each with a row of its own, with spans or without:
  // the rows of a document's parts, one after the other, are the row of the whole. Where special
  // tokens matter no part may begin or end within one.
  absl::Status EncodeParts(absl::Span<const TextPart> parts, const EncodeOptions& options,
                           bool with_spans, TokenBatch* batch);

  // Replaces *batch by samples.alphas.size() rows for each document, one document after the other.
  // Fails also as Worker::Sample does.
  absl::Status Sample(absl::Span<const std::string_view> documents,
                      const BatchSampleOptions& samples, const EncodeOptions& options,
                      TokenBatch* batch);

  // The number of ids of each document.
  absl::StatusOr<std::vector<std::int64_t>> CountTokens(
      absl::Span<const std::string_view> documents, const EncodeOptions& options);

  // The number of the document that the last call failed at.
  std::size_t failed_document() const { return failed_document_; }

 private:
  struct BYTEPIECE_HIDDEN Workers;
  template <typename EncodeSlice>
  absl::Status Run(absl::Span<const TextPart> parts, bool may_cut, bool may_share,
                   EncodeSlice encode, TokenBatch* batch);

  std::unique_ptr<Workers> workers_;
  std::size_t failed_document_ = 0;
};

// One call for one batch.
BYTEPIECE_EXPORT absl::StatusOr<TokenBatch> EncodeBatch(
    const Tokenizer& tokenizer, absl::Span<const std::string_view> documents,
    const EncodeOptions& options = {}, int threads = 0);
BYTEPIECE_EXPORT absl::StatusOr<TokenBatch> SampleBatch(
    const Tokenizer& tokenizer, absl::Span<const std::string_view> documents,
    const BatchSampleOptions& samples, const EncodeOptions& options = {}, int threads = 0);

// The bytes of rows of ids, as TokenBatch has them: offsets.size() - 1 of them. Errors: an id
// outside the vocabulary, naming it and its place in its row; offsets that do not ascend from 0 to
// ids.size().
BYTEPIECE_EXPORT absl::StatusOr<TextBatch> DecodeBatch(const Tokenizer& tokenizer,
                                                       absl::Span<const TokenId> ids,
                                                       absl::Span<const std::int64_t> offsets,
                                                       const DecodeOptions& options = {},
                                                       int threads = 0);

}  // namespace bytepiece::inline v0
