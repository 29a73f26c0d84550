// answer_words.hpp - how the parts of an answer read, in text and in documents alike.
#pragma once

#include <string>

#include "scenarios/planning/planner.hpp"

namespace jobset_twin::viz {

std::string countsText(const scenarios::planning::CapacityPlan& plan, const scenarios::planning::Counts& counts);
// "95 % of training start within 30m and reach ETTR 0.9"
std::string levelText(const scenarios::planning::Level& level);
std::string findingWord(scenarios::planning::Finding finding);  // "met", "missed", "open"
std::string outcomeWord(scenarios::planning::Outcome outcome);
std::string percentText(double share);  // "94.7 %"
std::string hoursText(double hours);    // "1h56m", "12s"

}  // namespace jobset_twin::viz
