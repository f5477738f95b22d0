// SPDX-License-Identifier: Apache-2.0
// A digest (XXH3) of what a reading of the corpus found in each input, so that a later reading
// is known to find the same: the second of a run, or that of a run which goes on in a work
// folder. Counts of two contents would add up to neither's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "corpus/document_source.h"

namespace bytepiece {

// The digest of each input, in the order read; the last one's is that of what has been read of it.
// Inputs without documents at the end have none.
using InputDigests = std::vector<std::uint64_t>;

// Digests a reading on its way.
class InputHasher {
 public:
  InputHasher();
  ~InputHasher();

  // The next delivery of the source. `input` never decreases, and counts from 0.
  void Add(std::size_t input, std::string_view part);

  InputDigests digests() const;

 private:
  struct State;

  InputDigests complete_;
  std::unique_ptr<State> current_;  // of input complete_.size()
};

// OK if the same was read both times; else an error that names the first input that differs,
// and says what to do.
absl::Status CheckSameInputs(const DocumentSource& source, const InputDigests& before,
                             const InputDigests& now);

}  // namespace bytepiece
