// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/line_plot.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace bytepiece::lm {
namespace {

// Pixels.
constexpr double kLeft = 60, kTop = 40, kPlotWidth = 480, kPlotHeight = 320;
constexpr double kLegendWidth = 230, kLegendLine = 16, kBottom = 55;
// Dark enough on white, and apart for those who see fewer colours (Okabe and Ito, 2008); a line
// beyond the last one has the first one's colour and another dash.
constexpr const char* kColors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                   "#e69f00", "#56b4e9", "#000000"};
constexpr const char* kDashes[] = {"none", "6 3", "2 3"};

std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

std::string Text(double x, double y, const char* anchor, const std::string& text,
                 const std::string& more = "") {
  return absl::StrFormat("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>\n", x, y,
                         anchor, more, Escaped(text));
}

std::string Stroke(double x1, double y1, double x2, double y2, const std::string& style) {
  return absl::StrFormat("<path d=\"M%.1f %.1fL%.1f %.1f\" %s/>\n", x1, y1, x2, y2, style);
}

// A round step that makes four to ten ticks up to `top`.
double TickStep(double top) {
  const double power = std::pow(10, std::floor(std::log10(top)));
  const double leading = top / power;
  return leading > 4 ? power : leading > 2 ? power / 2 : power / 5;
}

// The places of values on the page.
class Scale {
 public:
  explicit Scale(const LinePlot& plot) {
    double top = 0;
    for (const PlotLine& line : plot.lines) {
      for (const PlotPoint& point : line.points) {
        ticks_.insert(point.x);
        top = std::max({top, point.y, point.high});
      }
    }
    step_ = TickStep(top > 0 ? top : 1);
    top_ = std::max(1.0, std::ceil(top / step_)) * step_;
  }

  const std::set<double>& x_ticks() const { return ticks_; }
  double y_step() const { return step_; }
  double y_top() const { return top_; }

  double X(double x) const {
    const double first = std::log2(*ticks_.begin()), last = std::log2(*ticks_.rbegin());
    return kLeft + kPlotWidth * (last > first ? (std::log2(x) - first) / (last - first) : 0.5);
  }
  double Y(double y) const { return kTop + kPlotHeight * (1 - y / top_); }

 private:
  std::set<double> ticks_;
  double step_;
  double top_;
};

std::string Axes(const LinePlot& plot, const Scale& scale) {
  const std::string grid = "stroke=\"#ddd\"";
  std::string out;
  for (const double x : scale.x_ticks()) {
    out += Stroke(scale.X(x), kTop, scale.X(x), kTop + kPlotHeight, grid);
    out += Text(scale.X(x), kTop + kPlotHeight + 18, "middle", absl::StrCat(x));
  }
  for (double y = 0; y <= scale.y_top() + scale.y_step() / 2; y += scale.y_step()) {
    out += Stroke(kLeft, scale.Y(y), kLeft + kPlotWidth, scale.Y(y), grid);
    out += Text(kLeft - 8, scale.Y(y) + 4, "end", absl::StrFormat("%.3g", y));
  }
  out += Text(kLeft + kPlotWidth / 2, kTop + kPlotHeight + 42, "middle", plot.x_label);
  const double middle = kTop + kPlotHeight / 2;
  out += Text(16, middle, "middle", plot.y_label,
              absl::StrFormat(" transform=\"rotate(-90 16 %.1f)\"", middle));
  out += Text(kLeft, kTop - 16, "start", plot.title, " font-weight=\"bold\"");
  return out;
}

std::string StyleOf(std::size_t line) {
  return absl::StrFormat("stroke=\"%s\" stroke-dasharray=\"%s\"",
                         kColors[line % std::size(kColors)],
                         kDashes[line / std::size(kColors) % std::size(kDashes)]);
}

std::string Line(const PlotLine& line, const Scale& scale, const std::string& style) {
  std::string path, bars;
  for (const PlotPoint& point : line.points) {
    const double x = scale.X(point.x);
    absl::StrAppendFormat(&path, "%s%.1f,%.1f", path.empty() ? "" : " ", x, scale.Y(point.y));
    if (point.low < point.high) {
      bars += Stroke(x, scale.Y(point.low), x, scale.Y(point.high), style);
    }
  }
  return absl::StrFormat("<polyline points=\"%s\" fill=\"none\" stroke-width=\"2\" %s/>\n%s", path,
                         style, bars);
}

std::string Legend(const LinePlot& plot) {
  std::vector<std::size_t> order(plot.lines.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return plot.lines[a].points.back().y > plot.lines[b].points.back().y;
  });
  const double x = kLeft + kPlotWidth + 16;
  double y = kTop + 8;
  std::string out;
  for (const std::size_t line : order) {
    out += Stroke(x, y, x + 24, y, "stroke-width=\"2\" " + StyleOf(line));
    out += Text(x + 30, y + 4, "start", plot.lines[line].name);
    y += kLegendLine;
  }
  return out;
}

}  // namespace

std::string ToSvg(const LinePlot& plot) {
  const Scale scale(plot);
  const double height =
      std::max(kPlotHeight, kLegendLine * static_cast<double>(plot.lines.size()) + kLegendLine / 2);
  std::string out = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
      kLeft + kPlotWidth + kLegendWidth, kTop + height + kBottom);
  out += Axes(plot, scale);
  for (std::size_t i = 0; i < plot.lines.size(); ++i) {
    out += Line(plot.lines[i], scale, StyleOf(i));
  }
  return out + Legend(plot) + "</svg>\n";
}

}  // namespace bytepiece::lm
