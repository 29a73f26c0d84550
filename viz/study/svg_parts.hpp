// svg_parts.hpp - the parts that pictures of rows and pictures with two axes share: text that wraps, the axis below,
// marks.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "viz/study/label_places.hpp"
#include "viz/study/svg_layout.hpp"

namespace jobset_twin::viz {

double textWidth(std::string_view text);  // in pixels, of labels
double widestOf(const std::vector<std::string>& lines);
std::vector<std::string> wrappedLabel(std::string_view text, double width);
double heightOf(const std::vector<std::string>& lines);
// Lines around `y` as their middle.
Words centredAt(double y, double x, Anchor anchor, TextStyle style, std::vector<std::string> lines);

// Where a value lies on an axis of the picture.
using Position = std::function<double(double)>;

// A mark whose line goes up, with its label on a tier above the plot.
struct Upright {
  double x = 0;
  FlagPlace place;
  std::string label, hint;
};
std::vector<Upright> uprightsOf(const Plot& plot, bool of_y, double left, double right, const Position& x);
// Height of the tiers.
double heightOf(const std::vector<Upright>& uprights);
// Once the plot has its place.
void drawUprights(SvgLayout& layout, const std::vector<Upright>& uprights);

// Marks whose lines go across, with their labels right of the plot.
double widthOfLevels(const Plot& plot, bool of_y);
void drawLevels(SvgLayout& layout, const Plot& plot, bool of_y, double label_x, const Position& y);

// Grid, labels and title of the axis below the plot; gives where it ends.
double drawAxisBelow(SvgLayout& layout, const std::vector<Tick>& ticks, const Position& x, const std::string& title);
double drawTitleBelow(SvgLayout& layout, double y, const std::string& title);

// The two kinds of picture: each gives the height down to the end of its axes.
double layOutRows(SvgLayout& layout, const Plot& plot, double top);
double layOutAxes(SvgLayout& layout, const Plot& plot, double top, double height);
// Whether names of categories fit side by side under a plot of this picture.
bool standSideBySide(const Plot& plot, double width);

}  // namespace jobset_twin::viz
