// SPDX-License-Identifier: Apache-2.0
// A plot of lines as SVG: a function of what it is given, down to the byte.
#pragma once

#include <string>
#include <vector>

namespace bytepiece::lm {

struct PlotPoint {
  double x = 1;    // > 0
  double y = 0;    // >= 0
  double low = 0;  // of a bar that shows the spread; none where low == high
  double high = 0;
};

struct PlotLine {
  std::string name;
  std::vector<PlotPoint> points;  // ascending in x
};

struct LinePlot {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<PlotLine> lines;  // one at least, with a point at least
};

// x stands on a logarithmic axis with a tick at each value that occurs, y on one from 0 on. The
// names of the lines stand beside them, in the order of their last points.
std::string ToSvg(const LinePlot& plot);

}  // namespace bytepiece::lm
