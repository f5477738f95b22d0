// SPDX-License-Identifier: Apache-2.0
// A run must not replace what it reads, nor write two things to one file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "corpus/input_files.h"

namespace bytepiece {

// The files of a run, each under whatever name.
class FilesInUse {
 public:
  // `what` says in errors what the files are: "the model". Empty paths are none.
  FilesInUse& Read(const std::vector<std::string>& paths, const std::string& what);
  FilesInUse& Read(const std::vector<InputFile>& inputs);

  // A usage error if one of these is read, or written already. What is no regular file may be
  // written to by all. One look at each file.
  absl::Status Write(const std::vector<std::string>& paths, const std::string& what);

 private:
  std::map<std::string, std::string> use_;  // by identity: what the file is
};

}  // namespace bytepiece
