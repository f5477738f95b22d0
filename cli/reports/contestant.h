// SPDX-License-Identifier: Apache-2.0
// A tokenizer in a comparison, and what it did so far: ours, or another library's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/types.h"
#include "cli/reports/evaluation.h"

namespace bytepiece {

class Contestant {
 public:
  // A model of ours, asked for this normalisation (absent: the model's), or else a SentencePiece
  // model or tokenizer.json, which the user's Python runs.
  static absl::StatusOr<std::unique_ptr<Contestant>> Load(
      const std::string& path, std::optional<Normalization> normalization, int threads);
  virtual ~Contestant() = default;
  Contestant(const Contestant&) = delete;
  Contestant& operator=(const Contestant&) = delete;

  const std::string& path() const { return path_; }

  // Whether no byte of the text is changed before it is cut.
  virtual bool TakesEveryByte() const = 0;

  // Tokenizes the texts, our models on all threads.
  virtual absl::Status Encode(absl::Span<const std::string_view> texts) = 0;

  // The figures of all texts.
  virtual Evaluation Evaluate() = 0;
  // The speed of one thread, by the processor time of encoding; absent for other libraries.
  virtual std::optional<double> TokensPerSecond() const = 0;

 protected:
  explicit Contestant(std::string path) : path_(std::move(path)) {}

 private:
  std::string path_;
};

}  // namespace bytepiece
