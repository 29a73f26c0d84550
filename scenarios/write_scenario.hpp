// write_scenario.hpp - a Scenario as YAML (`--print-scenario`): complete, with the cluster as derived and every
// manifest in place, so that reading it back gives the same run. What has its default value is left out.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "scenarios/scenario.hpp"

namespace jobset_twin::scenarios {

nlohmann::json scenarioJson(const Scenario& scenario);
std::string writeScenario(const Scenario& scenario);

}  // namespace jobset_twin::scenarios
