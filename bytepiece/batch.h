// SPDX-License-Identifier: Apache-2.0
// Many documents at once, on all cores, results in input order. The ids do not
// depend on the number of threads.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bytepiece/tokenizer.h"

namespace bytepiece {

// threads <= 0: as many as there are cores. The error, if any, is that of the
// first document that has one.
absl::StatusOr<std::vector<std::vector<TokenId>>> EncodeBatch(
    const Tokenizer& tokenizer, absl::Span<const std::string> documents,
    const EncodeOptions& options, int threads = 0);

// Document i uses the random stream (seed, sampling.document + i, sample).
absl::StatusOr<std::vector<std::vector<TokenId>>> SampleBatch(
    const Tokenizer& tokenizer, absl::Span<const std::string> documents,
    const SampleOptions& sampling, const EncodeOptions& options, int threads = 0);

}  // namespace bytepiece
