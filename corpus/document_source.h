// SPDX-License-Identifier: Apache-2.0
// A corpus as the trainer sees it: a stream of documents that can be read again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "bytepiece/base/export.h"

namespace bytepiece::inline v0 {

// The largest DocumentSource::unit(), which a mixture's weights have as common denominator.
inline constexpr std::int64_t kMaxWeightUnit = 1'000'000;

class BYTEPIECE_EXPORT DocumentSource {
 public:
  virtual ~DocumentSource() = default;

  // Replaces *documents by the next ones, until their bytes (and what else they
  // take) reach max_bytes or the corpus ends; at least one unless it has ended. Errors name the
  // file, the line and the cause.
  virtual absl::Status Read(std::int64_t max_bytes, std::vector<std::string>* documents) = 0;

  // Documents of which Read has delivered all or a first part, since the start or
  // Rewind. Less than what Read delivered if long documents come in parts.
  virtual std::int64_t documents() const = 0;

  // How much each document of the last Read counts, in units of 1/unit(); no
  // Read crosses from one weight to another. Positive; the unit at most kMaxWeightUnit.
  virtual std::int64_t weight() const { return 1; }
  virtual std::int64_t unit() const { return 1; }

  // The index of the input that each document of the last Read comes from, never less than those
  // before it. Empty: all come from input 0.
  virtual absl::Span<const std::size_t> inputs() const { return {}; }
  // The input as messages name it.
  virtual std::string input_name(std::size_t /*input*/) const { return "the corpus"; }

  // Tells corpora apart: a text that changes when a file's name, size or weight
  // does. For resuming a run; not the moment, not the content.
  virtual std::string identity() const = 0;

  // The next Read starts at the first document again.
  virtual absl::Status Rewind() = 0;

  // How much of the input, as stored, has been consumed since the
  // start or Rewind, and how much there is (0: unknown). Bytes.
  virtual std::int64_t consumed() const = 0;
  virtual std::int64_t total() const = 0;
};

// Documents held in memory.
class BYTEPIECE_EXPORT VectorSource : public DocumentSource {
 public:
  explicit VectorSource(std::vector<std::string> documents);

  absl::Status Read(std::int64_t max_bytes, std::vector<std::string>* documents) override;
  absl::Status Rewind() override;
  std::int64_t documents() const override { return static_cast<std::int64_t>(next_); }
  std::string identity() const override;
  std::int64_t consumed() const override { return consumed_; }
  std::int64_t total() const override { return total_; }

 private:
  std::vector<std::string> documents_;
  std::size_t next_ = 0;
  std::int64_t consumed_ = 0;
  std::int64_t total_ = 0;
};

}  // namespace bytepiece::inline v0
