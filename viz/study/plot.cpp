#include "viz/study/plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

#include <fmt/format.h>

namespace jobset_twin::viz {
namespace {

// Beyond these a double is no longer a quantity that has a place in a chart, and squares of it overflow.
constexpr double kLargest = 1e100, kSmallest = 1e-100;

bool isDrawable(double value) { return std::isfinite(value) && std::fabs(value) <= kLargest; }
void roundToZero(double& value) {
  if (std::fabs(value) < kSmallest) value = 0;
}

struct LeftOut {
  std::size_t values = 0, categories = 0, bars = 0, marks = 0;
};

bool isOfCategory(const Chart& chart, double x) {
  return x >= 0 && x < static_cast<double>(chart.categories.size()) && x == std::floor(x);
}

// Leaves out an end of an error bar that is not finite, and puts the ends in order.
void mendBar(ChartPoint& point, LeftOut& left_out) {
  bool left = false;
  for (std::optional<double>* end : {&point.low, &point.high}) {
    if (!*end) continue;
    if (isDrawable(**end)) {
      roundToZero(**end);
    } else {
      end->reset();
      left = true;
    }
  }
  left_out.bars += left ? 1 : 0;
  if (point.low && point.high && *point.low > *point.high) std::swap(point.low, point.high);
}

void keepDrawable(Chart& chart, LeftOut& left_out) {
  for (ChartSeries& series : chart.series) {
    std::vector<ChartPoint> kept;
    for (ChartPoint point : series.points) {
      if (!isDrawable(point.x) || !isDrawable(point.y)) {
        ++left_out.values;
      } else if (!chart.categories.empty() && !isOfCategory(chart, point.x)) {
        ++left_out.categories;
      } else {
        roundToZero(point.x);
        roundToZero(point.y);
        mendBar(point, left_out);
        kept.push_back(point);
      }
    }
    std::stable_sort(kept.begin(), kept.end(), [](const ChartPoint& a, const ChartPoint& b) { return a.x < b.x; });
    series.points = std::move(kept);
  }
}

void cleanTexts(Chart& chart) {
  for (std::string* text : {&chart.title, &chart.subtitle, &chart.x_title, &chart.y_title}) *text = cleanLine(*text);
  for (std::string& category : chart.categories) category = cleanLine(category);
  for (ChartSeries& series : chart.series) series.name = cleanLine(series.name);
  for (ChartMark& mark : chart.marks) mark.label = cleanLine(mark.label);
}

Range rangeOfX(const Chart& chart) {
  Range range;
  for (const ChartSeries& series : chart.series)
    for (const ChartPoint& point : series.points) range.add(point.x);
  return range;
}

Range rangeOfY(const Chart& chart) {
  Range range;
  for (const ChartSeries& series : chart.series) {
    for (const ChartPoint& point : series.points) {
      range.add(point.y);
      if (point.low) range.add(*point.low);
      if (point.high) range.add(*point.high);
    }
  }
  return range;
}

std::string counted(std::size_t count, std::string_view noun, std::string_view why) {
  return fmt::format("{} {}{} {} not shown: {}.", count, noun, count == 1 ? "" : "s", count == 1 ? "is" : "are", why);
}

std::vector<std::string> notesOf(const LeftOut& left_out) {
  std::vector<std::string> notes;
  if (left_out.values > 0) notes.push_back(counted(left_out.values, "point", "not a finite number"));
  if (left_out.categories > 0) notes.push_back(counted(left_out.categories, "point", "of no category"));
  if (left_out.bars > 0) notes.push_back(counted(left_out.bars, "error bar", "an end is not a finite number"));
  if (left_out.marks > 0) notes.push_back(counted(left_out.marks, "mark", "it has no place on its axis"));
  return notes;
}

// Marks widen the axis, so that they can be seen. On a log axis those that are not positive have no place, nor have
// those of x outside of the categories.
void placeMarks(Chart& chart, Range& x, Range& y, LeftOut& left_out) {
  const auto placed = [&](const ChartMark& mark) {
    if (!isDrawable(mark.at)) return false;
    if (!mark.of_y && !chart.categories.empty())
      return mark.at > -0.5 && mark.at < static_cast<double>(chart.categories.size()) - 0.5;
    return mark.at >= kSmallest || !(mark.of_y ? chart.log_y : chart.log_x);
  };
  std::vector<ChartMark> kept;
  for (ChartMark mark : chart.marks) {
    if (!placed(mark)) continue;
    roundToZero(mark.at);
    (mark.of_y ? y : x).add(mark.at);
    kept.push_back(mark);
  }
  left_out.marks = chart.marks.size() - kept.size();
  chart.marks = std::move(kept);
}

void settleLog(bool& log, const Range& range, std::string_view axis, std::vector<std::string>& notes) {
  if (!log || range.empty || range.low > 0) return;
  log = false;
  notes.push_back(fmt::format("The {} axis is linear: not all values are positive.", axis));
}

// As few digits as make all that differs read differently.
int digitsOfX(const Chart& chart) {
  std::vector<double> values;
  for (const ChartSeries& series : chart.series)
    for (const ChartPoint& point : series.points) values.push_back(point.x);
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  constexpr int kFewest = 4, kMore = 6, kMany = 9, kMost = 15;
  for (const int digits : {kFewest, kMore, kMany}) {
    const auto sameText = [&](double a, double b) {
      return numberText(a, chart.x_format, digits) == numberText(b, chart.x_format, digits);
    };
    if (std::adjacent_find(values.begin(), values.end(), sameText) == values.end()) return digits;
  }
  return kMost;
}

}  // namespace

bool Plot::hasPoints() const {
  return std::any_of(chart.series.begin(), chart.series.end(),
                     [](const ChartSeries& series) { return !series.points.empty(); });
}

bool Plot::hasLegend() const {
  return std::count_if(chart.series.begin(), chart.series.end(),
                       [](const ChartSeries& series) { return !series.name.empty(); }) > 1;
}

Plot plotOf(const Chart& chart) {
  Plot plot{chart, {}, {}, 4, {}};
  LeftOut left_out;
  cleanTexts(plot.chart);
  keepDrawable(plot.chart, left_out);
  Range x = rangeOfX(plot.chart), y = rangeOfY(plot.chart);
  std::vector<std::string> of_axes;
  if (chart.categories.empty()) settleLog(plot.chart.log_x, x, "horizontal", of_axes);
  settleLog(plot.chart.log_y, y, "value", of_axes);
  placeMarks(plot.chart, x, y, left_out);
  plot.notes = notesOf(left_out);
  plot.notes.insert(plot.notes.end(), of_axes.begin(), of_axes.end());
  plot.x_digits = digitsOfX(plot.chart);
  plot.x = scaleOf(x, {plot.chart.log_x, false, chart.x_format});
  plot.y = scaleOf(y, {plot.chart.log_y, chart.from_zero, chart.y_format});
  return plot;
}

std::string valueText(const Chart& chart, const ChartPoint& point) {
  return intervalText(point.y, point.low, point.high, chart.y_format);
}

std::string xText(const Plot& plot, double x) { return numberText(x, plot.chart.x_format, plot.x_digits); }

std::string pointText(const Plot& plot, const ChartSeries& series, const ChartPoint& point) {
  const Chart& chart = plot.chart;
  const std::string where =
      chart.categories.empty() ? xText(plot, point.x) : chart.categories[static_cast<std::size_t>(point.x)];
  return fmt::format("{}{}{}: {}", series.name, series.name.empty() || where.empty() ? "" : ", ", where,
                     valueText(chart, point));
}

std::string descriptionOf(const Plot& plot) {
  constexpr std::size_t kMostPoints = 50;
  const Chart& chart = plot.chart;
  std::string text = chart.subtitle;
  if (!text.empty()) text += text.ends_with('.') ? " " : ". ";
  if (!chart.x_title.empty() || !chart.y_title.empty())
    text += fmt::format("{} by {}. ", chart.y_title.empty() ? "Values" : chart.y_title,
                        !chart.x_title.empty()     ? chart.x_title
                        : chart.categories.empty() ? "x"
                                                   : "category");
  std::size_t told = 0, all = 0;
  for (const ChartSeries& series : chart.series) {
    all += series.points.size();
    for (const ChartPoint& point : series.points)
      if (told < kMostPoints) text += (told++ > 0 ? "; " : "") + pointText(plot, series, point);
  }
  if (all == 0) text += "There is nothing to show";
  if (all > told) text += fmt::format("; and {} more points", all - told);
  text += ".";
  for (const ChartMark& mark : chart.marks)
    text += fmt::format(" {} at {}.", mark.label.empty() ? "A mark" : mark.label,
                        mark.of_y || chart.categories.empty()
                            ? (mark.of_y ? numberText(mark.at, chart.y_format) : xText(plot, mark.at))
                            : "category " + numberText(mark.at + 1, Chart::Format::kPlain));
  for (const std::string& note : plot.notes) text += " " + note;
  return text;
}

}  // namespace jobset_twin::viz
