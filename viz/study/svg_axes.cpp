// Pictures with an upright axis of values: over a number, or over categories that stand side by side.
#include <algorithm>
#include <cmath>
#include <utility>

#include "viz/study/svg_parts.hpp"

namespace jobset_twin::viz {
namespace {

constexpr double kAxisGap = 8;
constexpr double kLeastHeight = 160;
constexpr double kInset = 9;  // points keep away from the ends of the axis below: they may stand aside
constexpr double kTickGapAcross = 22, kTickGapUp = 14;
constexpr double kLeftOfLabels = 60;  // a guess, before the labels are known

// The axis at the left: grid, labels, title.
void drawAxisLeft(SvgLayout& layout, const std::vector<Tick>& ticks, const Position& y, const std::string& title) {
  const Box& box = layout.plot;
  for (const Tick& tick : ticks) {
    const double at = y(tick.value);
    layout.strokes.push_back({box.left, at, box.right, at, StrokeStyle::kGrid, {}});
    layout.words.push_back(centredAt(at, box.left - kAxisGap, Anchor::kEnd, TextStyle::kNumber, {tick.label}));
  }
  if (title.empty()) return;
  layout.words.push_back({kPadding + kFontSize - 3, (box.top + box.bottom) / 2, Anchor::kMiddle, TextStyle::kAxisTitle,
                          wrappedLabel(title, box.height()), true});
}

double categoryWidth(const SvgLayout& layout, const Plot& plot) {
  return layout.plot.width() / static_cast<double>(plot.chart.categories.size());
}

Position acrossOf(const SvgLayout& layout, const Plot& plot) {
  const Box box = layout.plot;
  if (plot.chart.categories.empty())
    return [box, scale = plot.x](double value) {
      return box.left + kInset + scale.at(value) * (box.width() - 2 * kInset);
    };
  const double width = categoryWidth(layout, plot);
  return [box, width](double at) { return box.left + (at + 0.5) * width; };
}

// The least distance of two different positions in pixels.
double leastDistance(const Plot& plot, const Position& x) {
  std::vector<double> positions;
  for (const ChartSeries& series : plot.chart.series)
    for (const ChartPoint& point : series.points) positions.push_back(x(point.x));
  std::sort(positions.begin(), positions.end());
  double least = 0;
  for (std::size_t i = 1; i < positions.size(); ++i) {
    const double apart = positions[i] - positions[i - 1];
    if (apart > 0.01 && (least == 0 || apart < least)) least = apart;
  }
  return least;
}

// Points of several series at the same place stand side by side, so that none hides the bar of another; on an axis of
// numbers by so little that nobody reads another number.
void drawPoints(SvgLayout& layout, const Plot& plot, const Position& x, const Position& y) {
  constexpr double kMostApart = 5, kMostApartOfCategories = 16, kShare = 0.5, kDense = 12;
  constexpr double kWidest = 2 * kInset - 2;  // of all series together
  const Chart& chart = plot.chart;
  const double room = leastDistance(plot, x), count = static_cast<double>(chart.series.size());
  const double most = !chart.categories.empty() ? kMostApartOfCategories
                      : count > 1               ? std::min(kMostApart, kWidest / (count - 1))
                                                : 0;
  const double apart = room == 0 ? most : std::min(most, room * kShare / count);
  if (room > 0 && room < kDense) {
    layout.radius = std::max(1.5, room / 3);
    layout.cap = room / 3;
  }
  for (std::size_t s = 0; s < chart.series.size(); ++s) {
    const double aside = (static_cast<double>(s) - (count - 1) / 2) * apart;
    for (const ChartPoint& point : chart.series[s].points) {
      DrawnPoint drawn{x(point.x) + aside, y(point.y), {}, {}, pointText(plot, chart.series[s], point)};
      if (point.low) drawn.low = y(*point.low);
      if (point.high) drawn.high = y(*point.high);
      layout.series[s].push_back(std::move(drawn));
    }
  }
}

double drawCategoriesBelow(SvgLayout& layout, const Plot& plot, const Position& x) {
  double most = 0;
  for (std::size_t i = 0; i < plot.chart.categories.size(); ++i) {
    const auto lines = wrappedLabel(plot.chart.categories[i], categoryWidth(layout, plot) - kAxisGap);
    layout.words.push_back({x(static_cast<double>(i)), layout.plot.bottom + kLineHeight + 1, Anchor::kMiddle,
                            TextStyle::kLabel, lines, false});
    most = std::max(most, heightOf(lines));
  }
  layout.strokes.push_back(
      {layout.plot.left, layout.plot.bottom, layout.plot.right, layout.plot.bottom, StrokeStyle::kAxis, {}});
  return drawTitleBelow(layout, layout.plot.bottom + 1 + most, plot.chart.x_title);
}

}  // namespace

bool standSideBySide(const Plot& plot, double width) {
  const Chart& chart = plot.chart;
  const double each =
      (width - 2 * kPadding - kLeftOfLabels) / static_cast<double>(std::max<std::size_t>(chart.categories.size(), 1));
  return std::any_of(chart.series.begin(), chart.series.end(), [](const ChartSeries& series) { return series.line; }) &&
         std::all_of(chart.categories.begin(), chart.categories.end(),
                     [&](const std::string& name) { return textWidth(name) <= each - kAxisGap; });
}

double layOutAxes(SvgLayout& layout, const Plot& plot, double top, double height) {
  const Chart& chart = plot.chart;
  Box& box = layout.plot;
  const double plot_height = std::max(height, kLeastHeight);
  const auto lineHeight = [](std::string_view) { return kFontSize; };
  const std::vector<Tick> ticks = ticksOf(plot.y, chart.y_format, {plot_height, kTickGapUp, lineHeight});
  double labels = 0;
  for (const Tick& tick : ticks) labels = std::max(labels, textWidth(tick.label));
  const double title = chart.y_title.empty() ? 0 : heightOf(wrappedLabel(chart.y_title, plot_height)) + kAxisGap / 2;
  const double levels = widthOfLevels(plot, true);
  box.left = kPadding + title + labels + kAxisGap;
  box.right = layout.width - kPadding - (levels > 0 ? levels + kAxisGap : kAxisGap);
  const std::vector<Upright> uprights = uprightsOf(plot, false, box.left, box.right, acrossOf(layout, plot));
  box.top = top + heightOf(uprights);
  box.bottom = box.top + plot_height;
  const Position x = acrossOf(layout, plot);
  const Position y = [box, scale = plot.y](double value) { return box.bottom - scale.at(value) * box.height(); };
  drawAxisLeft(layout, ticks, y, chart.y_title);
  const double end =
      chart.categories.empty()
          ? drawAxisBelow(layout,
                          ticksOf(plot.x, chart.x_format, {box.width() - 2 * kInset, kTickGapAcross, textWidth}), x,
                          chart.x_title)
          : drawCategoriesBelow(layout, plot, x);
  if (plot.y.low < 0 && plot.y.high > 0)
    layout.strokes.push_back({box.left, y(0), box.right, y(0), StrokeStyle::kZero, {}});
  drawUprights(layout, uprights);
  drawLevels(layout, plot, true, box.right + kAxisGap, y);
  drawPoints(layout, plot, x, y);
  return end;
}

}  // namespace jobset_twin::viz
