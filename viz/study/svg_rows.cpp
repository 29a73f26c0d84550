// Categories one below the other: their names at the left, the interval of each point on a row of its own, numbers at
// the right ("forest plot").
#include <algorithm>
#include <cmath>
#include <utility>

#include "viz/study/svg_parts.hpp"

namespace jobset_twin::viz {
namespace {

constexpr double kRowHeight = 20, kBlockPadding = 5;
constexpr double kColumnGap = 12;    // between columns
constexpr double kNamesMost = 0.38;  // of the width
constexpr double kPlotLeast = 200;   // or the numbers are left out
constexpr double kTickGap = 22;

struct SvgRow {
  std::size_t series = 0;
  const ChartPoint* point = nullptr;
};

struct Block {
  std::vector<std::string> name;
  std::vector<SvgRow> rows;
  double top = 0, height = 0;
  double middle() const { return top + height / 2; }
};

std::vector<Block> blocksOf(const Chart& chart, double name_width) {
  std::vector<Block> blocks(chart.categories.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i].name = wrappedLabel(chart.categories[i], name_width);
  for (std::size_t s = 0; s < chart.series.size(); ++s)
    for (const ChartPoint& point : chart.series[s].points)
      blocks[static_cast<std::size_t>(point.x)].rows.push_back({s, &point});
  for (Block& block : blocks)
    block.height =
        std::max(heightOf(block.name), static_cast<double>(std::max<std::size_t>(block.rows.size(), 1)) * kRowHeight) +
        2 * kBlockPadding;
  return blocks;
}

double widestNumber(const Chart& chart) {
  double widest = 0;
  for (const ChartSeries& series : chart.series)
    for (const ChartPoint& point : series.points) widest = std::max(widest, textWidth(valueText(chart, point)));
  return widest;
}

struct Columns {
  double names = 0, numbers = 0, levels = 0;  // widths
};

Columns columnsFor(const SvgLayout& layout, const Plot& plot) {
  Columns columns;
  for (const std::string& name : plot.chart.categories)
    columns.names = std::max(columns.names, widestOf(wrappedLabel(name, std::floor(layout.width * kNamesMost))));
  columns.names = std::max(columns.names, std::min(textWidth(plot.chart.x_title), layout.width * kNamesMost));
  columns.levels = widthOfLevels(plot, false);
  columns.numbers = widestNumber(plot.chart);
  const double left = layout.width - 2 * kPadding - columns.names - columns.levels - 3 * kColumnGap;
  if (left - columns.numbers < kPlotLeast) columns.numbers = 0;
  return columns;
}

void drawBlock(SvgLayout& layout, const Plot& plot, const Block& block, const Position& x, double number_x) {
  double y = block.middle() - static_cast<double>(block.rows.size()) * kRowHeight / 2 + kRowHeight / 2;
  for (const SvgRow& row : block.rows) {
    const ChartPoint& point = *row.point;
    DrawnPoint drawn{x(point.y), y, {}, {}, pointText(plot, plot.chart.series[row.series], point)};
    if (point.low) drawn.low = x(*point.low);
    if (point.high) drawn.high = x(*point.high);
    layout.series[row.series].push_back(std::move(drawn));
    if (number_x > 0)
      layout.words.push_back(
          centredAt(y, number_x, Anchor::kStart, TextStyle::kNumber, {valueText(plot.chart, point)}));
    y += kRowHeight;
  }
}

}  // namespace

double layOutRows(SvgLayout& layout, const Plot& plot, double top) {
  const Chart& chart = plot.chart;
  const Columns columns = columnsFor(layout, plot);
  std::vector<Block> blocks = blocksOf(chart, columns.names);
  Box& box = layout.plot;
  box.left = kPadding + columns.names + kColumnGap;
  box.right = layout.width - kPadding - (columns.numbers > 0 ? columns.numbers + kColumnGap : 0) -
              (columns.levels > 0 ? columns.levels + kColumnGap : 0);
  if (columns.numbers + columns.levels == 0) box.right -= kColumnGap;
  layout.values_across = true;
  const Position x = [&](double value) { return box.left + plot.y.at(value) * box.width(); };
  const std::vector<Upright> uprights = uprightsOf(plot, true, box.left, box.right, x);
  const std::vector<std::string> heading = wrappedLabel(chart.x_title, columns.names);
  const double heading_height = chart.x_title.empty() ? 0 : heightOf(heading) + kBlockPadding;
  box.top = top + std::max(heightOf(uprights), heading_height);
  if (heading_height > 0)
    layout.words.push_back({kPadding, box.top - kBlockPadding - heightOf(heading) + kLineHeight, Anchor::kStart,
                            TextStyle::kAxisTitle, heading, false});
  double y = box.top;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    blocks[i].top = y;
    y += blocks[i].height;
    if (i % 2 == 0) layout.bands.push_back({kPadding / 2, blocks[i].top, layout.width - kPadding / 2, y});
  }
  box.bottom = y;
  const double number_x = columns.numbers > 0 ? box.right + kColumnGap : 0;
  const double end =
      drawAxisBelow(layout, ticksOf(plot.y, chart.y_format, {box.width(), kTickGap, textWidth}), x, chart.y_title);
  if (plot.y.low < 0 && plot.y.high > 0)
    layout.strokes.push_back({x(0), box.top, x(0), box.bottom, StrokeStyle::kZero, {}});
  drawUprights(layout, uprights);
  const Position category = [&](double at) {
    const Block& block = blocks[std::min(static_cast<std::size_t>(std::max(std::round(at), 0.0)), blocks.size() - 1)];
    return block.middle() + (at - std::round(at)) * block.height;
  };
  drawLevels(layout, plot, false, layout.width - kPadding - columns.levels, category);
  for (const Block& block : blocks) {
    layout.words.push_back(centredAt(block.middle(), kPadding, Anchor::kStart, TextStyle::kLabel, block.name));
    drawBlock(layout, plot, block, x, number_x);
  }
  return end;
}

}  // namespace jobset_twin::viz
