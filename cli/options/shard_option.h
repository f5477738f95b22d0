// SPDX-License-Identifier: Apache-2.0
// --shard: a part of the documents.
#pragma once

#include <CLI/CLI.hpp>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/corpus_shard.h"

namespace bytepiece {

// Adds --shard I/N.
void AddShardOption(CLI::App* app, CorpusShard* shard);

// "2/3": of three, the second. Error unless 1 <= I <= N <= 10^9.
absl::StatusOr<CorpusShard> ParseShard(std::string_view text);

}  // namespace bytepiece
