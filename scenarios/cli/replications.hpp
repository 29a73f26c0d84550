// replications.hpp - `run --replications N`: the same scenario with N seeds, and what its times come to: median, 95th
// percentile and 95 % confidence interval.
#pragma once

#include "scenarios/cli/invocation.hpp"
#include "scenarios/cli/run.hpp"
#include "scenarios/cli/run_input.hpp"

namespace jobset_twin::cli {

int runReplications(const RunOptions& options, RunInput& input, Invocation& invocation);

}  // namespace jobset_twin::cli
