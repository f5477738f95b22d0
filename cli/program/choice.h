// SPDX-License-Identifier: Apache-2.0
// Options that take one of some names.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

namespace bytepiece {

// For Option::check: an error for what is none of the names, which names the one probably meant.
CLI::Validator OneOf(std::vector<std::string> names);

// The same of a map's names.
template <typename Value>
CLI::Validator OneOf(const std::map<std::string, Value>& choices) {
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) names.push_back(name);
  return OneOf(std::move(names));
}

}  // namespace bytepiece
