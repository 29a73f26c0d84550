// single_run.hpp - one run from its input to its report and exit code.
#pragma once

#include <string>

#include "scenarios/cli/invocation.hpp"
#include "scenarios/cli/run.hpp"
#include "scenarios/cli/run_input.hpp"

namespace jobset_twin::cli {

// Loads the input and says what is wrong with it. False: nothing is to be run.
bool loadForRun(RunInput& input, scenarios::Loaded& loaded, Diagnostics& diagnostics);

// saved_state: of --from, else "".
int runOnce(const RunOptions& options, RunInput& input, const std::string& saved_state, Invocation& invocation);

}  // namespace jobset_twin::cli
