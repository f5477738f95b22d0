// SPDX-License-Identifier: Apache-2.0
#include "cli/options/size_option.h"

#include "absl/status/statusor.h"
#include "trainer/setup/memory_budget.h"

namespace bytepiece {

void AddSizeOption(CLI::App* app, const std::string& name, const std::string& description,
                   const std::string& group, std::int64_t* size) {
  app->add_option_function<std::string>(
         name,
         [name, size](const std::string& text) {
           const absl::StatusOr<std::int64_t> parsed = ParseMemorySize(text);
           if (!parsed.ok()) {
             throw CLI::ValidationError(name + ": " + std::string(parsed.status().message()));
           }
           *size = *parsed;
         },
         description)
      ->type_name("SIZE")
      ->group(group);
}

}  // namespace bytepiece
