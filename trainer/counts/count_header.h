// SPDX-License-Identifier: Apache-2.0
// The settings that counts were made with: only counts with the same header add up.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/base/types.h"
#include "bytepiece/model/model.h"

namespace bytepiece {

enum class CountKind { kNgrams, kPieces };

struct CountHeader {
  CountKind kind = CountKind::kNgrams;
  // Counts are in units of 1/unit (weights of documents, corpus/document_source.h).
  std::int64_t unit = 1;
  // The options that decide such counts (spec_fields.h); the others have their defaults.
  TrainerSpec spec;
  std::uint64_t ngrams_digest = 0;  // of the n-gram counts (count_file.h); pieces only

  friend bool operator==(const CountHeader&, const CountHeader&) = default;
};

// The amount of text counted; sums over files.
struct CorpusSize {
  std::int64_t documents = 0;
  // After normalisation, by the weight of the documents, in units of 1/unit; positive.
  std::map<std::int64_t, std::int64_t> bytes_by_weight = {};

  // Requires Fits().
  std::int64_t bytes() const;
  // The same, each byte by its document's weight. Requires Fits().
  std::int64_t weighted_bytes() const;
  // Whether bytes, and bytes times weights, fit 63 bits. Then so does every sum of counts of such
  // a corpus, since no byte is counted in two of them.
  bool Fits() const;
  // False if the sum does not fit; then it is of no use.
  [[nodiscard]] bool Add(const CorpusSize& other);

  friend bool operator==(const CorpusSize&, const CorpusSize&) = default;
};

CountHeader NgramHeader(const TrainerSpec& spec, std::int64_t unit);
CountHeader PieceHeader(const TrainerSpec& spec, std::int64_t unit, std::uint64_t ngrams_digest);

// Makes the spec's options those the counts were made with; what they do not depend on stays.
// If no special token was a boundary for them, the spec's own become plain text.
void SetSpec(const CountHeader& header, TrainerSpec* spec);

// Lines "name value", in a fixed order.
std::string FormatHeader(const CountHeader& header);
absl::StatusOr<CountHeader> ParseHeader(std::string_view lines);

// OK if the headers are equal; else an error that names the first difference:
// "a.counts has order 6, b.counts has order 5; ...".
absl::Status CheckSameHeader(const std::string& a_name, const CountHeader& a,
                             const std::string& b_name, const CountHeader& b);

}  // namespace bytepiece
