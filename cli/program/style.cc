// SPDX-License-Identifier: Apache-2.0
#include "cli/program/style.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "cli/program/choice.h"

namespace bytepiece {
namespace {

const char* CodeOf(Color color) {
  switch (color) {
    case Color::kGreen:
      return "32";
    case Color::kCyan:
      return "36";
    case Color::kBold:
      return "1";
    case Color::kDim:
      return "2";
    case Color::kPlain:
      break;
  }
  return "0";
}

bool TerminalTakesColor() {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* terminal = std::getenv("TERM");
  if (terminal != nullptr && std::string_view(terminal) == "dumb") return false;
  return isatty(STDOUT_FILENO) != 0;
}

}  // namespace

std::string Style::Paint(Color color, const std::string& text) const {
  if (!colors_ || color == Color::kPlain) return text;
  return std::string("\033[") + CodeOf(color) + "m" + text + "\033[0m";
}

void AddColorOption(CLI::App* app, std::string* when) {
  app->add_option("--color", *when, "auto: on a terminal, unless the environment sets NO_COLOR")
      ->type_name("always|never|auto")
      ->check(OneOf({"always", "never", "auto"}))
      ->capture_default_str();
}

Style MakeStyle(const std::string& when) {
  return Style(when == "always" || (when == "auto" && TerminalTakesColor()));
}

}  // namespace bytepiece
