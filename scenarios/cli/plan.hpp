// plan.hpp - `plan`: finds the cheapest nodes that meet the service levels of a CapacityPlan.
#pragma once

#include "scenarios/cli/invocation.hpp"

namespace jobset_twin::cli {

void addPlan(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
