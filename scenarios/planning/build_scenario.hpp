// build_scenario.hpp - from a candidate of a plan to a run: so many nodes of each type, failures of nodes, and the
// plan's JobSets submitted at their times.
//
// A plan is prepared once: one JobSet of each workload goes through all that a Scenario's load checks, as a Scenario
// that can also be printed and run by itself. The runs are made from that.
#pragma once

#include <string>

#include "scenarios/planning/arrivals.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::scenarios::planning {

struct Prepared {
  CapacityPlan plan;
  RunPlan base;  // one JobSet of each workload, on the most nodes that there may be
};
// Errors are at the places of the plan's workloads.
api::Result<Prepared> prepare(CapacityPlan plan);

// What one run is of.
struct Trial {
  Counts counts;      // of each node type, spares included
  double growth = 1;  // so many times the arrivals
  std::uint64_t seed = 1;
};
RunPlan runPlanOf(const Prepared& prepared, const Trial& trial);

// The same as a Scenario document, to be run by itself.
Scenario scenarioOf(const CapacityPlan& plan, const Trial& trial);

// The label by which nodes of a type are known.
inline constexpr const char* kNodeTypeLabel = "jobset-twin.dev/node-type";

}  // namespace jobset_twin::scenarios::planning
