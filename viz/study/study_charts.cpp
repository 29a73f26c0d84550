// The charts of a study: means with their intervals, over a quantity or by alternative.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "scenarios/theory/gangs.hpp"
#include "viz/study/study_report.hpp"

namespace jobset_twin::viz {
namespace {

using namespace scenarios::study;

Chart::Format formatOf(Unit unit) {
  switch (unit) {
    case Unit::kSeconds: return Chart::Format::kSeconds;
    case Unit::kShare: return Chart::Format::kShare;
    case Unit::kMoney: return Chart::Format::kMoney;
    case Unit::kCount: break;
  }
  return Chart::Format::kPlain;
}

std::optional<ChartPoint> pointOf(const PointAnalysis& point, const std::string& metric, double x) {
  const auto found = point.metrics.find(metric);
  if (found == point.metrics.end() || found->second.count == 0) return std::nullopt;
  ChartPoint out{x, found->second.mean, std::nullopt, std::nullopt};
  if (found->second.mean_interval) {
    out.low = found->second.mean_interval->low;
    out.high = found->second.mean_interval->high;
  }
  return out;
}

// The last factor that is a quantity of three values or more.
std::optional<std::size_t> axisOf(const Results& results) {
  for (std::size_t f = results.factors.size(); f-- > 0;) {
    std::map<double, int> values;
    bool numbers = true;
    for (const PointRow& point : results.points) {
      numbers = numbers && f < point.numbers.size() && point.numbers[f];
      if (numbers) ++values[*point.numbers[f]];
    }
    if (numbers && values.size() >= 3) return f;
  }
  return std::nullopt;
}

// "2h" and "90s" are durations, "3" is a number.
bool isDuration(const Results& results, std::size_t factor) {
  const std::string& text = results.points.front().levels[factor];
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text.back())) != 0;
}

void addTheory(const Study& study, Chart& chart) {
  if (!study.theory) return;
  const auto hours = [](api::Duration time) { return std::chrono::duration<double, std::ratio<3600>>(time).count(); };
  const scenarios::theory::CheckpointCase which{hours(study.theory->mttf), hours(study.theory->cost),
                                                hours(study.theory->restart)};
  chart.marks.push_back({scenarios::theory::youngInterval(which) * 3600, "Young", false});
  chart.marks.push_back({scenarios::theory::dalyInterval(which) * 3600, "Daly", false});
}

void overQuantity(const StudyView& view, std::size_t axis, const std::string& metric, Chart& chart) {
  const Results& results = view.results;
  chart.x_title = results.factors[axis];
  if (isDuration(results, axis)) {
    chart.x_format = Chart::Format::kSeconds;
    addTheory(view.study, chart);
  }
  const bool cloud = view.study.design == DesignKind::kLatinHypercube;
  double least = 0, most = 0;
  for (std::size_t p = 0; p < results.points.size(); ++p) {
    const double x = *results.points[p].numbers[axis];
    least = p == 0 ? x : std::min(least, x);
    most = p == 0 ? x : std::max(most, x);
    std::string name;
    // The points of a Latin hypercube are a cloud: each has levels of its own.
    for (std::size_t f = 0; f < results.factors.size() && !cloud; ++f) {
      if (f != axis) name += (name.empty() ? "" : ", ") + results.points[p].levels[f];
    }
    const std::optional<ChartPoint> point = pointOf(view.analysis.points[p], metric, x);
    if (!point) continue;
    auto series = std::find_if(chart.series.begin(), chart.series.end(),
                               [&](const ChartSeries& one) { return one.name == name; });
    if (series == chart.series.end()) series = chart.series.insert(chart.series.end(), ChartSeries{name, {}, !cloud});
    series->points.push_back(*point);
  }
  for (ChartSeries& series : chart.series) {
    std::stable_sort(series.points.begin(), series.points.end(),
                     [](const ChartPoint& a, const ChartPoint& b) { return a.x < b.x; });
  }
  constexpr double kLogFrom = 20;  // times as much
  chart.log_x = least > 0 && most / least >= kLogFrom;
  for (const Factor& factor : view.study.factors) {
    if (factor.name == results.factors[axis] && factor.range) chart.log_x = factor.range->log;
  }
}

void byAlternative(const StudyView& view, const std::string& metric, Chart& chart) {
  ChartSeries series;
  for (std::size_t p = 0; p < view.analysis.points.size(); ++p) {
    chart.categories.push_back(view.analysis.points[p].label);
    if (const std::optional<ChartPoint> point = pointOf(view.analysis.points[p], metric, static_cast<double>(p)))
      series.points.push_back(*point);
  }
  chart.series.push_back(std::move(series));
}

}  // namespace

std::vector<Chart> studyCharts(const StudyView& view) {
  std::vector<Chart> out;
  const std::optional<std::size_t> axis = axisOf(view.results);
  for (const std::string& metric : view.analysis.metrics) {
    Chart chart;
    const MetricInfo* info = findMetric(metric);
    chart.title = metric;
    chart.subtitle = "mean and its 95 % interval";
    chart.y_title = metric;
    chart.y_format = formatOf(info ? info->unit : Unit::kCount);
    if (axis) {
      overQuantity(view, *axis, metric, chart);
    } else {
      byAlternative(view, metric, chart);
    }
    out.push_back(std::move(chart));
  }
  return out;
}

}  // namespace jobset_twin::viz
