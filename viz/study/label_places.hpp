// label_places.hpp - where labels go so that none covers another: flags of marks above a plot, and labels beside it.
// Units are the caller's: pixels, or cells of a terminal.
#pragma once

#include <cstddef>
#include <vector>

namespace jobset_twin::viz {

// A label that belongs to a position along an axis.
struct Flag {
  double at = 0, width = 0;
};
struct FlagPlace {
  double begin = 0;      // where the label begins
  std::size_t tier = 0;  // 0: nearest to the plot
};
// Right of its position, or left if it would end beyond `high`, `gap` away from it; on the lowest tier where it covers
// no other label, and if possible no pole of one on a higher tier. In the order of the flags.
std::vector<FlagPlace> placeFlags(const std::vector<Flag>& flags, double low, double high, double gap);

// Centres as near as possible to those wanted (ascending), so that extents do not overlap. If there is too little room
// they end beyond `high`.
std::vector<double> spread(std::vector<double> centres, const std::vector<double>& extents, double low, double high);

}  // namespace jobset_twin::viz
