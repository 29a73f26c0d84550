// answers.hpp - answers to plans, for tests; runs one after the other, in this process.
#pragma once

#include "scenarios/planning/planner.hpp"
#include "tests/scenarios/planning/plans.hpp"

namespace jobset_twin::scenarios::planning {

// Of the plan of a spec, its lines indented by two; it must be without errors.
Answer answerOf(const std::string& spec, bool sensitivity = false, Files files = {});

}  // namespace jobset_twin::scenarios::planning
