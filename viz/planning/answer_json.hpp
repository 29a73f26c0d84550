// answer_json.hpp - the answer to a CapacityPlan as a document, kind: PlanResult (docs/planning.md).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "scenarios/planning/planner.hpp"

namespace jobset_twin::viz {

nlohmann::json answerJson(const scenarios::planning::Answer& answer);

}  // namespace jobset_twin::viz
