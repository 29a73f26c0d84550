// answer_text.hpp - the answer to a CapacityPlan as people read it.
#pragma once

#include <string>

#include "scenarios/planning/planner.hpp"

namespace jobset_twin::viz {

std::string answerText(const scenarios::planning::Answer& answer);

}  // namespace jobset_twin::viz
