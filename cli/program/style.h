// SPDX-License-Identifier: Apache-2.0
// Colour on terminals.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bytepiece {

enum class Color { kPlain, kGreen, kCyan, kBold, kDim };

class Style {
 public:
  explicit Style(bool colors) : colors_(colors) {}

  std::string Paint(Color color, const std::string& text) const;

 private:
  bool colors_;
};

// Adds --color always|never|auto. auto: standard output is a terminal, and the
// environment neither sets NO_COLOR (to anything but nothing) nor TERM=dumb.
void AddColorOption(CLI::App* app, std::string* when);
Style MakeStyle(const std::string& when);

}  // namespace bytepiece
