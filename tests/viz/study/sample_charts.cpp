#include "tests/viz/study/sample_charts.hpp"

#include <cmath>
#include <limits>
#include <ostream>
#include <utility>

namespace jobset_twin::viz::test {
namespace {

using Format = Chart::Format;

ChartPoint at(double x, double y) { return {x, y, {}, {}}; }

Chart seriesOfSeries() {
  Chart chart = forestChart();
  for (const char* name : {"mtbf 7d", "mtbf 30d", "mtbf 90d"}) {
    ChartSeries more = chart.series[0];
    more.name = name;
    for (ChartPoint& point : more.points) point.y -= 30;
    chart.series.push_back(std::move(more));
  }
  chart.series[0].name = "mtbf 1d";
  for (const double seconds : {7200., 7210., 7300., 9900., 9910.})
    chart.marks.push_back({seconds, "mark of a goal", true});
  return chart;
}

Chart longNames() {
  Chart chart;
  chart.title = "Names of eighty characters in a chart with a title that is far too long for one line of its picture";
  chart.subtitle =
      "A subtitle that explains at length what the bars are and how they were computed, which takes several lines";
  chart.y_title = "restarts";
  chart.x_title = "the alternatives that were compared in this study, by their full names";
  chart.categories = {std::string(80, 'W'), "gang-scheduling-with-topology-spread-constraints-and-exclusive-placement",
                      "Größe ändern, 大きいノードを使う大きいノードを使う大きいノードを使う", "", "x"};
  chart.series = {{"", {{0, 1, 0.5, 1.5}, {1, 2, 2, 2}, {2, 3, {}, 3.5}, at(3, 2.5), at(4, 1)}}};
  return chart;
}

Chart columnsChart() {
  Chart chart;
  chart.title = "Cost";
  chart.y_format = Format::kMoney;
  chart.categories = {"8", "16", "32", "64"};
  chart.series = {{"spot", {{0, 1234.5, 1200, 1270}, {1, 1300, 1280, 1320}, {2, 1500, 1400, 1600}, at(3, 2100)}, true},
                  {"on demand", {at(0, 2234.5), at(1, 2300), at(2, 2500), at(3, 3100)}, true}};
  chart.marks = {{1.5, "today", false}, {2900, "budget", true}};
  return chart;
}

Chart manyPoints() {
  Chart chart;
  chart.title = "Two hundred points";
  chart.x_format = Format::kSeconds;
  chart.y_format = Format::kShare;
  ChartSeries series{"", {}, true};
  for (int i = 0; i < 200; ++i) {
    const double y = 0.8 + 0.15 * std::sin(i / 15.);
    series.points.push_back({i * 600., y, y - 0.03, y + 0.02});
  }
  chart.series = {series};
  return chart;
}

Chart manySeries() {
  Chart chart;
  chart.title = "Eight series and twelve marks";
  for (int s = 0; s < 8; ++s) {
    ChartSeries series{"series number " + std::to_string(s), {}, true};
    for (int i = 0; i < 6; ++i) series.points.push_back({double(i), s + 0.3 * i, s + 0.3 * i - 0.2, s + 0.3 * i + 0.2});
    chart.series.push_back(std::move(series));
  }
  for (int i = 0; i < 6; ++i) {
    chart.marks.push_back({1 + i * 0.05, "mark number " + std::to_string(i), false});
    chart.marks.push_back({9 + i * 0.05, "level " + std::to_string(i), true});
  }
  return chart;
}

Chart notFinite() {
  const double inf = std::numeric_limits<double>::infinity();
  Chart chart = forestChart();
  chart.series[0].points.insert(chart.series[0].points.end(),
                                {at(1, std::nan("")), at(inf, 1), at(1, -inf), at(1, 1e200), {0, 9000, -inf, 9100}});
  chart.marks.push_back({std::nan(""), "no place", true});
  return chart;
}

Chart onePlace(double x, double y, bool log) {
  Chart chart;
  chart.log_x = chart.log_y = log;
  chart.series = {{"", {at(x, y)}}};
  return chart;
}

Chart wide(bool log, double sign) {
  Chart chart;
  chart.log_x = chart.log_y = log;
  chart.series = {{"", {at(sign * 1e-9, sign * 1e-12), at(1, 1), {1e9, 1e12, 1e11, 1e13}}, true}};
  return chart;
}

Chart times(Format format) {
  Chart chart;
  chart.log_x = chart.log_y = true;
  chart.x_format = chart.y_format = format;
  ChartSeries series{"", {}, false};
  for (double value = 0.001; value < 3e6; value *= 4) series.points.push_back({value, value * 2, value, value * 5});
  chart.series = {series};
  return chart;
}

Chart largeMoney() {
  Chart chart;
  chart.y_format = chart.x_format = Format::kMoney;
  chart.y_title = "a title of the axis of values that is longer than a small picture is high or wide, by far";
  chart.series = {{"", {{1e6, 123456789, 123456000, 123458000}, {2e6, 123457789, 123456000, 123458900}}}};
  return chart;
}

}  // namespace

void PrintTo(const NamedChart& chart, std::ostream* out) { *out << chart.name; }

Chart forestChart() {
  Chart chart;
  chart.title = "Makespan";
  chart.subtitle = "Means of 30 replications, 95 % intervals";
  chart.x_title = "alternative";
  chart.y_title = "makespan";
  chart.y_format = Format::kSeconds;
  chart.categories = {"as it is", "restart all", "spare nodes"};
  chart.series = {{"", {{0, 9060, 8820, 9300}, {1, 8400, 8100, 8900}, {2, 7320, 7320, 7320}}}};
  chart.marks = {{10000, "service level", true}};
  return chart;
}

Chart intervalsChart() {
  Chart chart;
  chart.title = "Checkpoints";
  chart.x_title = "checkpoint interval";
  chart.y_title = "makespan";
  chart.x_format = chart.y_format = Format::kSeconds;
  chart.log_x = true;
  chart.series = {{"simulated", {}, true}, {"in place", {}, true}};
  for (const double x : {60., 300., 900., 3600., 21600.}) {
    const double y = 40000 * (1 + 60 / x + x / 40000);
    chart.series[0].points.push_back({x, y, y * 0.97, y * 1.03});
    chart.series[1].points.push_back({x, y * 0.95, y * 0.93, y * 0.97});
  }
  chart.marks = {{1549, "Young", false}, {1500, "Daly", false}, {50000, "service level", true}};
  return chart;
}

std::vector<NamedChart> sampleCharts() {
  std::vector<NamedChart> charts{
      {"rows", forestChart()},
      {"rows of several series", seriesOfSeries()},
      {"long names", longNames()},
      {"columns", columnsChart()},
      {"intervals", intervalsChart()},
      {"many points", manyPoints()},
      {"many series", manySeries()},
      {"not finite", notFinite()},
      {"no points", {}},
      {"one point", onePlace(5, 7, false)},
      {"one point at zero", onePlace(0, 0, false)},
      {"one point, log", onePlace(5, 7, true)},
      {"a negative point, log", onePlace(-5, -7, true)},
      {"a tiny point", onePlace(5e-324, 5e-324, true)},
      {"wide", wide(false, -1)},
      {"wide, log", wide(true, 1)},
      {"times", times(Format::kSeconds)},
      {"shares, log", times(Format::kShare)},
      {"plain, log", times(Format::kPlain)},
      {"large money", largeMoney()},
  };
  Chart equal = onePlace(1, 7, false);
  equal.series[0].points.push_back({2, 7, 7, 7});
  charts.push_back({"equal values", equal});
  Chart all_met = forestChart();
  all_met.y_format = Format::kShare;
  all_met.marks.clear();
  for (ChartPoint& point : all_met.series[0].points) point = {point.x, 1, 1, 1};
  charts.push_back({"all are 1", all_met});
  Chart large_rows = largeMoney();
  large_rows.categories = {"baseline of the plan", "other"};
  for (ChartPoint& point : large_rows.series[0].points) point.x = point.x / 1e6 - 1;
  large_rows.marks = {{123456100, "one", true}, {123458800, "near the edge", true}, {0.5, "between", false}};
  charts.push_back({"rows of large money", large_rows});
  Chart long_marks = intervalsChart();
  for (const double at : {45000., 55000., 60000., 70000., 80000.})
    long_marks.marks.push_back({at, std::string(150, 'x'), true});
  for (const double at : {100., 20000.}) long_marks.marks.push_back({at, "mark " + std::string(150, 'y'), false});
  charts.push_back({"long marks", long_marks});
  long_marks = forestChart();
  long_marks.x_title = "the names of the alternatives";
  for (const double at : {7000., 8000., 9500.}) long_marks.marks.push_back({at, "long " + std::string(90, 'z'), true});
  charts.push_back({"rows with long marks", long_marks});
  for (ChartPoint& point : large_rows.series[0].points)
    point = {point.x, point.y * 1e4, *point.low * 1e4, *point.high * 1e4};
  large_rows.marks.clear();
  charts.push_back({"rows of very large money", large_rows});
  return charts;
}

}  // namespace jobset_twin::viz::test
