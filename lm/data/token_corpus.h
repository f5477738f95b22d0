// SPDX-License-Identifier: Apache-2.0
// Documents as ids: mapped from a file, which need not fit into memory, or held in it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/base/types.h"
#include "bytepiece/batch.h"
#include "bytepiece/token_files/token_file.h"

namespace bytepiece::lm {

// Immutable; for any number of threads.
class TokenCorpus {
 public:
  virtual ~TokenCorpus() = default;

  std::int64_t documents() const { return static_cast<std::int64_t>(ends_.size()); }
  std::int64_t length(std::int64_t document) const { return end(document) - begin(document); }
  std::int64_t tokens() const { return ends_.empty() ? 0 : ends_.back(); }

  // Replaces *ids by ids [from, to) of the document.
  void Read(std::int64_t document, std::int64_t from, std::int64_t to,
            std::vector<TokenId>* ids) const;

 protected:
  // The id that stands at a position of the whole.
  virtual TokenId At(std::int64_t position) const = 0;

  std::int64_t begin(std::int64_t document) const {
    return document == 0 ? 0 : ends_[static_cast<std::size_t>(document) - 1];
  }
  std::int64_t end(std::int64_t document) const {
    return ends_[static_cast<std::size_t>(document)];
  }

  std::vector<std::int64_t> ends_;  // of each document, in ids; none is empty
};

// A corpus in memory. Empty documents are left out.
std::shared_ptr<const TokenCorpus> HoldBatch(TokenBatch documents);
std::shared_ptr<const TokenCorpus> HoldTokens(const std::vector<std::vector<TokenId>>& documents);

// Maps what "bytepiece encode" writes: .npy, .bin (of NarrowestTokenType) or a Megatron-LM
// dataset (its prefix, or either file). Documents end at <eos> in the first two, where the
// index says in the last. The whole is read once: an id outside the vocabulary is an error,
// as is a file without any id.
absl::StatusOr<std::shared_ptr<const TokenCorpus>> MapTokens(const std::string& path,
                                                             TokenFormat format,
                                                             std::int64_t vocab_size);

}  // namespace bytepiece::lm
