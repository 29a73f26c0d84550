// chart.hpp - charts with error bars as SVG, and as lines of text for terminals. Plain values to text: no library, no
// state, the same bytes for the same chart.
//
// Categories are rows, one below the other, with their numbers at the end; only if points are joined and the names are
// short do they stand side by side. What cannot be drawn (a value that is not finite, a point of no category) is left
// out, and a note below the chart says so. An axis is linear, whatever was asked for, if a value is not positive.
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

// height: of a chart with little text. It grows with titles and labels that need more lines, so that nothing is cut
// off; rows of categories take the height that they need, whatever it says.
struct SvgSize {
  int width = 720, height = 420;
};
// A whole <svg> element with its own colours (light and dark), readable alone and inside a page.
std::string svgOf(const Chart& chart, const SvgSize& size = {});
// "FailJobSet   |      ├──●──┤         | 2h31m ± 4m": a row a point, at most `columns` wide (40 or
// more). Without utf8 all but the chart's own words is ASCII.
std::string textOf(const Chart& chart, int columns = 100, bool utf8 = true);

// "2h31m", "12.3 s", "87.1 %", "1,234.50", "0.0031": as tables and axes show it. precision: significant digits;
// whole numbers keep all of theirs, and money its cents. A time from a minute up has two units, with precision 1 one,
// with 6 and more three; those that are exactly zero are left out at the end.
std::string numberText(double value, Chart::Format format, int precision = 4);
// "2h31m ± 4m", "2h31m [2h27m, 2h48m]" if it is not symmetric, "2h31m" without an interval: as exact as the interval is
// narrow.
std::string intervalText(double value, std::optional<double> low, std::optional<double> high, Chart::Format format);

}  // namespace jobset_twin::viz
