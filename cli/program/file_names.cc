// SPDX-License-Identifier: Apache-2.0
#include "cli/program/file_names.h"

#include <string>

#include "cli/program/command_docs.h"

namespace bytepiece {

void RefuseEmptyNames(CLI::App* command) {
  for (CLI::Option* option : command->get_options()) {
    OptionDoc doc;
    doc.argument = option->get_type_name();
    const bool is_folder = doc.TakesFolder();
    if (!is_folder && !doc.TakesFile()) continue;
    option->check(CLI::Validator(
        [is_folder](const std::string& name) -> std::string {
          if (!name.empty()) return "";
          return is_folder ? "the name is empty; name a folder" : "the name is empty; name a file";
        },
        ""));
  }
}

}  // namespace bytepiece
