// SPDX-License-Identifier: Apache-2.0
// Finds for tests the text, models and the reference's outputs. Small files made
// for this project stand in tests/golden; the others are outside the
// repository, in the folder named by the environment's BYTEPIECE_SHARED
// (default: "shared" beside the repository). A test that lacks its data says so
// and does nothing. All functions throw if a file that is there cannot be read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bytepiece/base/types.h"

namespace bytepiece {

// The path of a golden file such as "train/own_digits.model", in the repository
// or outside; nullopt, with a visible "SKIPPED", if it is in neither.
std::optional<std::string> FindGolden(const std::string& name);

// The same for a corpus such as "zh.dev.jsonl.zst".
std::optional<std::string> FindCorpus(const std::string& name);

// The content of a file, unpacked if its name ends in .gz, .zst or .zip (of
// which the first entry is read).
std::string ReadUnpacked(const std::string& path);

// The string field `field` of every line.
std::vector<std::string> ReadJsonLines(const std::string& path, const std::string& field = "text");

// One line a document, ids separated by spaces.
std::vector<std::vector<TokenId>> ReadIdLines(const std::string& path);

}  // namespace bytepiece
