// SPDX-License-Identifier: Apache-2.0
// The .idx of a Megatron-LM indexed dataset, version 1: where in the .bin each
// sequence stands. Every document is one sequence here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "bytepiece/token_files/token_file.h"

namespace bytepiece {

struct MegatronIndex {
  TokenType type = TokenType::kUint16;  // kUint32 is stored as int32, with the same bytes
  std::vector<std::int32_t> lengths;    // ids of each sequence, in the order of the .bin
  // Sequence indices at which documents start, and the number of sequences.
  std::vector<std::int64_t> document_starts = {0};
};

std::string SerializeMegatronIndex(const MegatronIndex& index);

// Error for anything but what SerializeMegatronIndex could write, sequences
// back to back and documents of several sequences included.
absl::StatusOr<MegatronIndex> ParseMegatronIndex(std::string_view bytes);

}  // namespace bytepiece
