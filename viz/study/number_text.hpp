// number_text.hpp - numbers as multiples of a resolution: what the labels of an axis, numberText and intervalText
// (chart.hpp) are made of.
#pragma once

#include <string>

#include "viz/study/chart.hpp"

namespace jobset_twin::viz {

inline constexpr double kMinute = 60, kHour = 3600, kDay = 86400;  // in seconds

// `value` rounded to a multiple of `resolution`, with the digits or units that this takes: 9000 s by 60 s is "2h30m",
// 0.5 by 0.01 is "0.50". resolution > 0, in the unit of the value (a share of 0.01 is a per cent).
std::string textAt(double value, double resolution, Chart::Format format);

}  // namespace jobset_twin::viz
