// SPDX-License-Identifier: Apache-2.0
#include "cli/options/shard_option.h"

#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace bytepiece {

void AddShardOption(CLI::App* app, CorpusShard* shard) {
  app->add_option_function<std::string>(
         "--shard",
         [shard](const std::string& text) {
           const absl::StatusOr<CorpusShard> parsed = ParseShard(text);
           if (!parsed.ok()) {
             throw CLI::ValidationError("--shard: " + std::string(parsed.status().message()));
           }
           *shard = *parsed;
         },
         "Take one part of N: of all documents, in the order of the inputs,\n"
         "number I, I + N, I + 2N, ..., counting from 1. The shards 1/N to\n"
         "N/N hold every document once; each reads all of the input")
      ->type_name("I/N")
      ->group("Input");
}

absl::StatusOr<CorpusShard> ParseShard(std::string_view text) {
  constexpr std::int64_t kMost = 1'000'000'000;
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string first(text.substr(0, slash));
  const std::string second(text.substr(std::min(slash + 1, text.size())));
  std::int64_t number = 0;
  CorpusShard shard;
  if (!absl::SimpleAtoi(first, &number) || !absl::SimpleAtoi(second, &shard.count) || number < 1 ||
      number > shard.count || shard.count > kMost) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", std::string(text), "\" is no shard; they are 1/N, 2/N, ..., N/N, such as 2/8"));
  }
  shard.index = number - 1;
  return shard;
}

}  // namespace bytepiece
