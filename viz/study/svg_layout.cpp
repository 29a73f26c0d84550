#include "viz/study/svg_layout.hpp"

#include <algorithm>

#include "viz/study/svg_parts.hpp"

namespace jobset_twin::viz {
namespace {

constexpr double kTitleSize = 16, kTitleLine = 22, kSubtitleLine = 17;
constexpr double kLeastWidth = 320;
constexpr double kBelowHeader = 12;
constexpr double kAxisBelow = 40;  // what the axis below the plot takes, with a title of one line

// Title and subtitle; gives where they end.
double drawHeader(SvgLayout& layout, const Chart& chart) {
  const double width = layout.width - 2 * kPadding;
  double y = kPadding;
  const auto put = [&](const std::string& text, double size, double line, TextStyle style) {
    if (text.empty()) return;
    // Bold letters are wider than those that are measured.
    const Measure measure = [&](std::string_view part) {
      constexpr double kBold = 1.1;
      return emWidth(part) * size * (style == TextStyle::kTitle ? kBold : 1);
    };
    const std::vector<std::string> lines = wrapped(text, width, measure);
    layout.words.push_back({kPadding, y + size, Anchor::kStart, style, lines, false});
    y += static_cast<double>(lines.size()) * line;
  };
  put(chart.title, kTitleSize, kTitleLine, TextStyle::kTitle);
  put(chart.subtitle, kFontSize + 1, kSubtitleLine, TextStyle::kSubtitle);
  return y + (y > kPadding ? kBelowHeader / 2 : 0);
}

double drawLegend(SvgLayout& layout, const Plot& plot, double top) {
  if (!plot.hasLegend()) return top;
  constexpr double kKeyWidth = 18, kApart = 20, kLine = 19;
  const double right = layout.width - kPadding;
  double x = kPadding, y = top + kLine / 2;
  for (std::size_t s = 0; s < plot.chart.series.size(); ++s) {
    const std::string& name = plot.chart.series[s].name;
    if (name.empty()) continue;
    const std::vector<std::string> lines = wrappedLabel(name, right - kPadding - kKeyWidth);
    const double width = kKeyWidth + widestOf(lines);
    if (x > kPadding && x + width > right) {
      x = kPadding;
      y += kLine;
    }
    layout.keys.push_back({x + kKeyWidth / 3, y, s});
    layout.words.push_back(
        centredAt(y + (heightOf(lines) - kLineHeight) / 2, x + kKeyWidth, Anchor::kStart, TextStyle::kLabel, lines));
    x += width + kApart;
    y += heightOf(lines) - kLineHeight;
  }
  return y + kLine / 2 + kBelowHeader / 2;
}

// A frame that says that it is empty, of the height that is left.
double drawNothing(SvgLayout& layout, double top) {
  constexpr double kHeight = 80;
  layout.plot = {kPadding, top, layout.width - kPadding, top + kHeight};
  layout.bands.push_back(layout.plot);
  layout.words.push_back(
      centredAt(top + kHeight / 2, layout.width / 2, Anchor::kMiddle, TextStyle::kNote, {"There is nothing to show."}));
  return layout.plot.bottom;
}

double drawNotes(SvgLayout& layout, const Plot& plot, double y) {
  if (plot.notes.empty()) return y;
  y += kBelowHeader / 2;
  for (const std::string& note : plot.notes) {
    const std::vector<std::string> lines = wrappedLabel(note, layout.width - 2 * kPadding);
    layout.words.push_back({kPadding, y + kLineHeight, Anchor::kStart, TextStyle::kNote, lines, false});
    y += heightOf(lines);
  }
  return y;
}

}  // namespace

SvgLayout svgLayoutOf(const Plot& plot, const SvgSize& size) {
  SvgLayout layout;
  layout.width = std::max(static_cast<double>(size.width), kLeastWidth);
  layout.series.resize(plot.chart.series.size());
  const double header = drawHeader(layout, plot.chart);
  const double top = drawLegend(layout, plot, header) + (plot.hasLegend() ? 0 : kBelowHeader / 2);
  double end = 0;
  if (!plot.hasPoints()) {
    end = drawNothing(layout, top);
  } else if (!plot.chart.categories.empty() && !standSideBySide(plot, layout.width)) {
    end = layOutRows(layout, plot, top);
  } else {
    end = layOutAxes(layout, plot, top, size.height - top - kAxisBelow - kPadding);
  }
  layout.height = drawNotes(layout, plot, end) + kPadding;
  return layout;
}

}  // namespace jobset_twin::viz
