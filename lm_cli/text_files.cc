// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/text_files.h"

#include "absl/status/statusor.h"
#include "lm/data/corpus_source.h"

namespace bytepiece::lm {

absl::Status ReadTexts(const std::vector<std::string>& paths, const CorpusOptions& reading,
                       FilesInUse* files) {
  for (const std::string& path : paths) {
    if (path.empty()) continue;
    const absl::StatusOr<std::vector<InputFile>> inputs = CorpusFiles(path, reading);
    if (!inputs.ok()) return inputs.status();
    files->Read(*inputs);
  }
  return absl::OkStatus();
}

}  // namespace bytepiece::lm
