// axis.hpp - the axes of charts: what range one spans, where a value lies on it, and which values it names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "viz/study/chart.hpp"
#include "viz/study/text_fit.hpp"

namespace jobset_twin::viz {

// The values that an axis must show.
struct Range {
  double low = 0, high = 0;
  bool empty = true, whole = true;  // whole: all are whole numbers
  void add(double value);
};

struct Scale {
  double low = 0, high = 1;       // low < high
  bool log = false;               // then low > 0
  bool whole = false;             // there is nothing between whole numbers
  double at(double value) const;  // 0 at low, 1 at high
};

struct ScaleOptions {
  bool log = false, from_zero = false;
  Chart::Format format = Chart::Format::kPlain;
};
// A little wider than the range, but not across zero, nor, for shares, across 1. With log the range must be positive.
Scale scaleOf(const Range& range, const ScaleOptions& options);

struct Tick {
  double value = 0;
  std::string label;
};
// The room for labels along an axis, in any unit; two of them keep `gap` apart.
struct Room {
  double length = 0, gap = 0;
  Measure extent;
};
// As many as there is room for, at sensible values: times at whole minutes, hours, days, other numbers at 1, 2, 5, 10.
// One at least, if one fits.
std::vector<Tick> ticksOf(const Scale& scale, Chart::Format format, const Room& room);

}  // namespace jobset_twin::viz
