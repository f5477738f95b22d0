// SPDX-License-Identifier: Apache-2.0
// The files of texts and ids among those that a command must not write to.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/files/output_check.h"
#include "corpus/corpus_options.h"

namespace bytepiece::lm {

// Adds the files that OpenCorpus reads; an empty path is none. Errors as OpenCorpus.
absl::Status ReadTexts(const std::vector<std::string>& paths, const CorpusOptions& reading,
                       FilesInUse* files);

}  // namespace bytepiece::lm
