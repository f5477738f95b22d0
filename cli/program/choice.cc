// SPDX-License-Identifier: Apache-2.0
#include "cli/program/choice.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/program/suggestion.h"

namespace bytepiece {

CLI::Validator OneOf(std::vector<std::string> names) {
  return CLI::Validator(
      [names = std::move(names)](const std::string& typed) -> std::string {
        if (std::find(names.begin(), names.end(), typed) != names.end()) return "";
        const std::string closest = ClosestName(typed, names);
        return absl::StrCat("\"", typed, "\" is none of ", absl::StrJoin(names, ", "),
                            closest.empty() ? "" : absl::StrCat("; did you mean ", closest, "?"));
      },
      "");
}

}  // namespace bytepiece
