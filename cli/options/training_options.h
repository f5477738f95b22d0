// SPDX-License-Identifier: Apache-2.0
// The options of everything that counts for training: train, count.
#pragma once

#include <CLI/CLI.hpp>

#include "absl/status/statusor.h"
#include "bytepiece/model/model.h"
#include "trainer/counts/count_file.h"
#include "trainer/setup/options.h"

namespace bytepiece {

// --order, --isolate-digits, --prune-while-counting, --prune-every: how n-grams are counted.
void AddNgramOptions(CLI::App* app, TrainerSpec* spec);

// --special-token, --special-token-text.
void AddSpecialTokenOptions(CLI::App* app, TrainerSpec* spec);

// --method, --ensure-unicode, --min-count: how text is segmented with them.
void AddSegmentOptions(CLI::App* app, TrainerSpec* spec);

// --character-coverage, --soft-counts, --grow-sample, --no-cross: what grow makes of the pieces.
void AddGrowOptions(CLI::App* app, TrainerSpec* spec);

// --memory-limit, --temp-dir.
void AddMemoryOptions(CLI::App* app, TrainerOptions* options);

// --work-dir, --checkpoint-every.
void AddWorkDirOptions(CLI::App* app, TrainerOptions* options);

// Opens a count file; errors name it.
absl::StatusOr<std::shared_ptr<const CountFile>> OpenCountFile(const std::string& path);

// An option that was given although the count file settles it, with another
// value: an error that names both. Options not given take the file's value.
absl::Status CheckAgainstCounts(const CLI::App& app, const TrainerSpec& given,
                                const CountFile& counts);

}  // namespace bytepiece
