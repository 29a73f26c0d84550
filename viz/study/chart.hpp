// chart.hpp - charts with error bars as SVG, and as lines of text for terminals. Plain values to text: no library, no
// state, the same bytes for the same chart.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jobset_twin::viz {

struct ChartPoint {
  double x = 0;  // or the index of a category
  double y = 0;
  std::optional<double> low, high;  // the error bar
};

struct ChartSeries {
  std::string name;  // "": not in the legend
  std::vector<ChartPoint> points;
  bool line = false;  // points are joined
};

// A line across the chart at a value of x or y, with a word on it: an optimum by theory, a service level.
struct ChartMark {
  double at = 0;
  std::string label;
  bool of_y = false;
};

struct Chart {
  std::string title, subtitle, x_title, y_title;
  std::vector<std::string> categories;                   // not empty: x counts them; each series has a colour
  bool log_x = false, log_y = false, from_zero = false;  // from_zero: the axis of values begins at 0
  // How a number on an axis reads; by default as short as is exact. Seconds: "2h30m".
  enum class Format { kPlain, kSeconds, kShare, kMoney } x_format = Format::kPlain, y_format = Format::kPlain;
  std::vector<ChartSeries> series;
  std::vector<ChartMark> marks;
};

struct SvgSize {
  int width = 720, height = 420;
};
// A whole <svg> element with its own colours (light and dark), readable alone and inside a page.
std::string svgOf(const Chart& chart, const SvgSize& size = {});
// "FailJobSet   |      ├──●──┤         | 2h31m ± 4m": a row a point, at most `columns` wide.
std::string textOf(const Chart& chart, int columns = 100, bool utf8 = true);

// "2h31m", "12.3 s", "87.1 %", "1,234.50", "0.0031": as tables and axes show it. precision: significant digits.
std::string numberText(double value, Chart::Format format, int precision = 4);

}  // namespace jobset_twin::viz
