// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/extrapolation_plots.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lm_cli/line_plot.h"

namespace bytepiece::lm {
namespace {

constexpr const char* kPlottedTexts[] = {"natural", "repeated"};
constexpr char kTrainedForm[] = "trained";

std::string PlotName(const std::string& text, const std::string& variant = "") {
  return absl::StrCat(text, variant.empty() ? "" : "-", variant, ".svg");
}

PlotLine LineOf(const std::string& name, const ExtrapolationRow& row) {
  PlotLine line = {name, {}};
  for (const auto& [length, seeds] : row.lengths) {
    const double sum = std::accumulate(seeds.all.begin(), seeds.all.end(), 0.0);
    const auto [low, high] = std::minmax_element(seeds.all.begin(), seeds.all.end());
    line.points.push_back({.x = static_cast<double>(length),
                           .y = 100 * sum / static_cast<double>(seeds.all.size()),
                           .low = 100 * *low,
                           .high = 100 * *high});
  }
  return line;
}

std::string Draw(const std::string& title, std::vector<PlotLine> lines) {
  return ToSvg({.title = title,
                .x_label = "tokens of the text",
                .y_label = "next tokens right, %",
                .lines = std::move(lines)});
}

}  // namespace

std::map<std::string, std::string> DrawExtrapolation(const ExtrapolationResults& results,
                                                     const std::vector<std::string>& variants) {
  std::map<std::string, std::string> plots;
  for (const std::string text : kPlottedTexts) {
    std::vector<PlotLine> trained;
    std::map<std::string, std::vector<PlotLine>> forms;  // by variant
    for (const ExtrapolationRow& row : results.Rows(text)) {
      if (row.form == kTrainedForm) trained.push_back(LineOf(row.variant, row));
      forms[row.variant].push_back(LineOf(row.form, row));
    }
    if (!trained.empty()) {
      plots[PlotName(text)] =
          Draw(absl::StrCat("Variants as trained, ", text, " text"), std::move(trained));
    }
    for (const std::string& variant : variants) {
      if (forms[variant].size() < 2) continue;
      plots[PlotName(text, variant)] =
          Draw(absl::StrCat("Forms of ", variant, ", ", text, " text"), forms[variant]);
    }
  }
  return plots;
}

std::vector<std::string> ExtrapolationPlotNames(const std::vector<std::string>& variants) {
  std::vector<std::string> names;
  for (const std::string text : kPlottedTexts) {
    names.push_back(PlotName(text));
    for (const std::string& variant : variants) names.push_back(PlotName(text, variant));
  }
  return names;
}

}  // namespace bytepiece::lm
