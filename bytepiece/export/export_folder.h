// SPDX-License-Identifier: Apache-2.0
// Files that belong together, in a folder that may hold others.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace bytepiece {

// Writes `files`, name -> content, into `folder`, which is made if it is not there, in a folder
// that is. Each appears whole or not at all, and none before all are on the disk. Error, with
// nothing written, if something in it has one of the names `others`.
absl::Status WriteExportFolder(const std::string& folder,
                               const std::map<std::string, std::string>& files,
                               absl::Span<const std::string_view> others);

}  // namespace bytepiece
