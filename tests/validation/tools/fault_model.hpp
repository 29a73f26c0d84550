// fault_model.hpp - the failure profiles of scenarios/faults at work: a scenario of a test with them, as a plan that
// can be changed before it runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/run.hpp"

namespace jobset_twin::validation {

// `spec`: of the Scenario, lines indented by two. `documents`: manifests, each begins with "---\n".
scenarios::RunPlan planWith(const std::string& spec, const std::string& documents,
                            const std::vector<std::string>& profiles, std::uint64_t seed);
// The Faults of a profile, as they stand in the file.
std::vector<faults::Fault> profileOf(const std::string& name);
scenarios::Outcome runPlan(scenarios::RunPlan plan, const std::vector<scenarios::Observer*>& observers = {});

// A JobSet of one Job: so many Pods, one failure ends it.
// `more`: requests, and limits, of its container.
std::string gangDocument(const std::string& name, int pods, int max_restarts, const std::string& pod_spec = {},
                         const std::string& more = {});

// Of failures that last: for each number from 0 on, the share of [from, to) in which so many lasted at once.
std::vector<double> timeAt(const std::vector<scenarios::FaultOutcome>& faults, scenarios::TimePoint from,
                           scenarios::TimePoint to);

}  // namespace jobset_twin::validation
