// SPDX-License-Identifier: Apache-2.0
#include "cli/program/file_names.h"

#include <string>

#include "cli/program/command_docs.h"

namespace bytepiece {

CLI::Validator NotStandardInput(const std::string& what) {
  return CLI::Validator(
      [what](const std::string& name) -> std::string {
        return name == "-" ? what + " is not read from standard input; name a file" : "";
      },
      "");
}

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
