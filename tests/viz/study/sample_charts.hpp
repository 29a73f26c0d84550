// sample_charts.hpp - charts of the kinds that reports have, and those at the edges of what can be drawn.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "viz/study/chart.hpp"

namespace jobset_twin::viz::test {

struct NamedChart {
  std::string name;
  Chart chart;
};
void PrintTo(const NamedChart& chart, std::ostream* out);
Chart forestChart();     // rows: one series, a service level
Chart intervalsChart();  // lines over a log axis of times, two series, marks of both axes
std::vector<NamedChart> sampleCharts();

}  // namespace jobset_twin::viz::test
