// plan_actions.hpp - from a scenario's actions to requests at their times.
#pragma once

#include "scenarios/run.hpp"
#include "scenarios/scenario.hpp"

namespace jobset_twin::scenarios {

// Adds the submissions of all actions, in order; what cannot be planned (scaling an object that is not submitted)
// becomes a warning of the plan.
void planActions(const Scenario& scenario, RunPlan& plan);

}  // namespace jobset_twin::scenarios
