#include "viz/study/svg_parts.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace jobset_twin::viz {
namespace {

constexpr double kLabelGap = 4;           // between a mark's line and its label
constexpr double kLevelLabelWidth = 120;  // labels beside the plot wrap at this
constexpr double kUpToFirstTier = 5;      // from the plot to the base of the lowest tier
constexpr double kLabelMargin = 4;        // labels keep away from the picture's edge
constexpr double kTickLabelBelow = 16, kTitleBelow = 20;

std::string hintOf(const Plot& plot, const ChartMark& mark) {
  const Chart& chart = plot.chart;
  if (!mark.of_y && !chart.categories.empty()) return mark.label;
  return mark.label + (mark.label.empty() ? "" : ": ") +
         (mark.of_y ? numberText(mark.at, chart.y_format) : xText(plot, mark.at));
}

// Some lines beside the plot.
std::vector<std::string> levelLabel(const ChartMark& mark) {
  constexpr double kLines = 2.6;
  return wrappedLabel(shortened(mark.label, kLines * kLevelLabelWidth, textWidth, "…"), kLevelLabelWidth);
}

}  // namespace

double textWidth(std::string_view text) { return emWidth(text) * kFontSize; }

double widestOf(const std::vector<std::string>& lines) {
  double widest = 0;
  for (const std::string& line : lines) widest = std::max(widest, textWidth(line));
  return widest;
}

std::vector<std::string> wrappedLabel(std::string_view text, double width) { return wrapped(text, width, textWidth); }

double heightOf(const std::vector<std::string>& lines) { return static_cast<double>(lines.size()) * kLineHeight; }

Words centredAt(double y, double x, Anchor anchor, TextStyle style, std::vector<std::string> lines) {
  constexpr double kBaseBelowMiddle = 0.35 * kFontSize;
  const double first = y + kBaseBelowMiddle - (heightOf(lines) - kLineHeight) / 2;
  return {x, first, anchor, style, std::move(lines), false};
}

std::vector<Upright> uprightsOf(const Plot& plot, bool of_y, double left, double right, const Position& x) {
  std::vector<Upright> uprights;
  std::vector<Flag> flags;
  for (const ChartMark& mark : plot.chart.marks) {
    if (mark.of_y != of_y) continue;
    uprights.push_back({x(mark.at), {}, shortened(mark.label, right - left, textWidth, "…"), hintOf(plot, mark)});
    flags.push_back({uprights.back().x, textWidth(uprights.back().label)});
  }
  const std::vector<FlagPlace> places = placeFlags(flags, left, right, kLabelGap);
  for (std::size_t i = 0; i < uprights.size(); ++i) uprights[i].place = places[i];
  return uprights;
}

double heightOf(const std::vector<Upright>& uprights) {
  std::size_t tiers = 0;
  for (const Upright& upright : uprights) tiers = std::max(tiers, upright.place.tier + 1);
  return tiers == 0 ? 0 : static_cast<double>(tiers) * kLineHeight + kUpToFirstTier;
}

void drawUprights(SvgLayout& layout, const std::vector<Upright>& uprights) {
  for (const Upright& upright : uprights) {
    const double base = layout.plot.top - kUpToFirstTier - static_cast<double>(upright.place.tier) * kLineHeight;
    const double up = upright.label.empty() ? layout.plot.top : base - kFontSize + 2;
    layout.strokes.push_back({upright.x, up, upright.x, layout.plot.bottom, StrokeStyle::kMark, upright.hint});
    if (!upright.label.empty())
      layout.words.push_back({upright.place.begin, base, Anchor::kStart, TextStyle::kMark, {upright.label}, false});
  }
}

double widthOfLevels(const Plot& plot, bool of_y) {
  double widest = 0;
  for (const ChartMark& mark : plot.chart.marks)
    if (mark.of_y == of_y) widest = std::max(widest, widestOf(levelLabel(mark)));
  return widest;
}

void drawLevels(SvgLayout& layout, const Plot& plot, bool of_y, double label_x, const Position& y) {
  std::vector<const ChartMark*> marks;
  for (const ChartMark& mark : plot.chart.marks)
    if (mark.of_y == of_y) marks.push_back(&mark);
  std::stable_sort(marks.begin(), marks.end(),
                   [&](const ChartMark* a, const ChartMark* b) { return y(a->at) < y(b->at); });
  std::vector<std::vector<std::string>> labels;
  std::vector<double> centres, extents;
  for (const ChartMark* mark : marks) {
    centres.push_back(y(mark->at));
    labels.push_back(levelLabel(*mark));
    extents.push_back(heightOf(labels.back()));
  }
  // Many long labels: a line for each.
  if (std::accumulate(extents.begin(), extents.end(), 0.0) > layout.plot.height()) {
    const double width = widthOfLevels(plot, of_y);
    for (std::size_t i = 0; i < marks.size(); ++i) labels[i] = {shortened(marks[i]->label, width, textWidth, "…")};
    extents.assign(marks.size(), kLineHeight);
  }
  const std::vector<double> places =
      spread(centres, extents, layout.plot.top - kLineHeight / 2, layout.plot.bottom + kLineHeight / 2);
  for (std::size_t i = 0; i < marks.size(); ++i) {
    layout.strokes.push_back(
        {layout.plot.left, centres[i], layout.plot.right, centres[i], StrokeStyle::kMark, hintOf(plot, *marks[i])});
    // A label that had to move is led to by a line.
    if (places[i] != centres[i])
      layout.strokes.push_back({layout.plot.right, centres[i], label_x - 2, places[i], StrokeStyle::kMark, {}});
    layout.words.push_back(centredAt(places[i], label_x, Anchor::kStart, TextStyle::kMark, labels[i]));
  }
}

double drawTitleBelow(SvgLayout& layout, double y, const std::string& title) {
  if (title.empty()) return y;
  const std::vector<std::string> lines = wrappedLabel(title, layout.width - 2 * kPadding);
  // In the middle of the plot, unless it is so long that it would leave the picture.
  const double half = widestOf(lines) / 2, middle = (layout.plot.left + layout.plot.right) / 2;
  const double x =
      std::clamp(middle, std::min(kPadding + half, middle), std::max(layout.width - kPadding - half, half));
  layout.words.push_back({x, y + kTitleBelow, Anchor::kMiddle, TextStyle::kAxisTitle, lines, false});
  return y + kTitleBelow + heightOf(lines) - kLineHeight;
}

double drawAxisBelow(SvgLayout& layout, const std::vector<Tick>& ticks, const Position& x, const std::string& title) {
  const Box& plot = layout.plot;
  double free_from = 0;
  for (const Tick& tick : ticks) {
    const double at = x(tick.value), half = textWidth(tick.label) / 2;
    layout.strokes.push_back({at, plot.top, at, plot.bottom, StrokeStyle::kGrid, {}});
    // At the ends a wide label is moved inwards; if there is no room for it then, the line must do.
    const double label_x = std::max(std::min(at, layout.width - kLabelMargin - half), kLabelMargin + half);
    if (label_x - half < free_from) continue;
    free_from = label_x + half + kLabelMargin;
    layout.words.push_back(
        {label_x, plot.bottom + kTickLabelBelow, Anchor::kMiddle, TextStyle::kNumber, {tick.label}, false});
  }
  layout.strokes.push_back({plot.left, plot.bottom, plot.right, plot.bottom, StrokeStyle::kAxis, {}});
  return drawTitleBelow(layout, plot.bottom + kTickLabelBelow, title);
}

}  // namespace jobset_twin::viz
