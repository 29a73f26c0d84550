// verdict.hpp - a difference between two alternatives in words: "B finishes 2h06m ± 18m earlier than A".
#pragma once

#include <string>

#include "scenarios/study/figures.hpp"
#include "scenarios/study/statistics.hpp"

namespace jobset_twin::scenarios::study {

// "2h06m", "12.3 s", "87.1 %", "1,234.50", "3.2".
std::string valueText(double value, Unit unit);
// The difference is that of b - a; what it says follows from its joint interval.
std::string verdictText(const std::string& metric, const std::string& a, const std::string& b,
                        const Difference& difference);

}  // namespace jobset_twin::scenarios::study
