// feature_gates.hpp - the gates that a scenario and --feature-gates may set: JobSet's own (engine/jobset) and those of
// Kubernetes' workload-aware scheduling (sim/cluster/kubernetes_gates.hpp), by name in one list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario.hpp"

namespace jobset_twin::scenarios {

// Parses "RestartJob=true,GangScheduling=true" over the scenario's gates. Returns "" or what is wrong.
std::string parseGates(std::string_view text, Scenario& scenario);
// What is wrong with gates together, or with the release that they are asked of; "" if nothing.
std::string gatesProblem(const Scenario& scenario);
std::vector<std::string> gateNames();

}  // namespace jobset_twin::scenarios
