// fault_targets.hpp - what can be said of the targets of faults before a run: several matches without any or all.
#pragma once

#include <vector>

#include "scenarios/scenario.hpp"
#include "scenarios/warnings.hpp"

namespace jobset_twin::scenarios {

// An error for each fault that needs one target and fits several Pods or nodes of the input. Pods by where they run are
// left to the run, and so is whatever comes later than the manifests.
void checkFaultTargets(const std::vector<Source>& sources, const Scenario& scenario, api::Errors& errors);

}  // namespace jobset_twin::scenarios
