// plot.hpp - what of a chart can be drawn, and on which axes: what the picture and the text have in common.
#pragma once

#include <string>
#include <vector>

#include "viz/study/axis.hpp"
#include "viz/study/chart.hpp"

namespace jobset_twin::viz {

struct Plot {
  // Finite values only, points in order of x (those of equal x as they came), every text one clean line. A series that
  // lost its points stays: its place is its colour.
  Chart chart;
  Scale x, y;                      // x: of charts without categories
  int x_digits = 4;                // that tell all values of x apart
  std::vector<std::string> notes;  // what was left out or is shown in another way than asked
  bool hasPoints() const;
  bool hasLegend() const;  // more than one series has a name
};
Plot plotOf(const Chart& chart);

// "baseline, 5m: 2h31m ± 4m", "restart all: 2h31m".
std::string pointText(const Plot& plot, const ChartSeries& series, const ChartPoint& point);
std::string xText(const Plot& plot, double x);
std::string valueText(const Chart& chart, const ChartPoint& point);
// The chart in sentences, for those who cannot see it.
std::string descriptionOf(const Plot& plot);

}  // namespace jobset_twin::viz
