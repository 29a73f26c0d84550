// svg_layout.hpp - where everything of a chart's picture is, in pixels; svg_draw.hpp writes it down.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "viz/study/chart.hpp"
#include "viz/study/plot.hpp"

namespace jobset_twin::viz {

struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;
  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

enum class Anchor { kStart, kMiddle, kEnd };
enum class TextStyle { kTitle, kSubtitle, kLabel, kNumber, kAxisTitle, kMark, kNote };
struct Words {
  double x = 0, y = 0;  // of the first line's base
  Anchor anchor = Anchor::kStart;
  TextStyle style = TextStyle::kLabel;
  std::vector<std::string> lines;
  bool upwards = false;  // turned by a quarter to the left, around (x, y)
};

enum class StrokeStyle { kGrid, kAxis, kZero, kMark };
struct Stroke {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  StrokeStyle style = StrokeStyle::kGrid;
  std::string hint;  // shown when one points at it
};

struct DrawnPoint {
  double x = 0, y = 0;
  std::optional<double> low, high;  // ends of the bar, along the axis of values
  std::string hint;
};

// An entry of the legend: the shape of a series; its name is among the words.
struct Key {
  double x = 0, y = 0;
  std::size_t series = 0;
};

struct SvgLayout {
  double width = 0, height = 0;
  Box plot;
  bool values_across = false;  // the axis of values is horizontal
  double radius = 4, cap = 4;  // of points, and half the caps of their bars
  std::vector<Box> bands;
  std::vector<Stroke> strokes;
  std::vector<std::vector<DrawnPoint>> series;  // as in the chart
  std::vector<Key> keys;
  std::vector<Words> words;
};

constexpr double kFontSize = 12, kLineHeight = 15;
constexpr double kPadding = 16;  // around everything

SvgLayout svgLayoutOf(const Plot& plot, const SvgSize& size);

}  // namespace jobset_twin::viz
