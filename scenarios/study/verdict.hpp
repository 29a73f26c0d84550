// verdict.hpp - a difference between two alternatives in words: "B finishes 2h06m ± 18m earlier than A".
#pragma once

#include <string>

#include "scenarios/study/figures.hpp"
#include "scenarios/study/statistics.hpp"

namespace jobset_twin::scenarios::study {

// "2h06m", "12.3 s", "87.1 %", "1,234.50", "3.2".
std::string valueText(double value, Unit unit);
// What stands behind a value: " ± 8.1 s"; of shares " ± 13.5", without the sign of per cent. " [69.2 .. 100.0]" where
// the interval does not lie evenly around it.
std::string reachText(double value, const Interval& interval, Unit unit);
// "44.0 s ± 38.3 s", "+7.5 ± 12.8 points": shares differ by points.
std::string differenceText(double mean, const Interval& interval, Unit unit, bool with_sign);
// The difference is that of b - a; what it says follows from its joint interval.
std::string verdictText(const std::string& metric, const std::string& a, const std::string& b,
                        const Difference& difference);

}  // namespace jobset_twin::scenarios::study
