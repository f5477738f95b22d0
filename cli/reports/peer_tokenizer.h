// SPDX-License-Identifier: Apache-2.0
// A tokenizer of another library, run by the user's Python (peer_tokenizer.py).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bytepiece/model/foreign_model.h"
#include "cli/reports/python_process.h"

namespace bytepiece {

// For one thread.
class PeerTokenizer {
 public:
  // Errors name the file and the package to install.
  static absl::StatusOr<PeerTokenizer> Start(const std::string& path,
                                             ForeignModel::Library library);

  std::int64_t vocab_size() const { return vocab_size_; }

  // Where each token of `text` ends in it, in bytes, ascending; equal where several share a
  // character. Adds the number of unknown ones.
  absl::Status Encode(std::string_view text, std::vector<std::uint32_t>* ends,
                      std::int64_t* unknown);

 private:
  PeerTokenizer(const std::string& path, std::unique_ptr<PythonProcess> python,
                std::int64_t vocab_size)
      : path_(path), python_(std::move(python)), vocab_size_(vocab_size) {}

  std::string path_;
  std::unique_ptr<PythonProcess> python_;
  std::int64_t vocab_size_;
};

}  // namespace bytepiece
