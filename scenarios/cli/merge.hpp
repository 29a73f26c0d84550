// merge.hpp - `merge PART…`: the parts of a study that were run apart (whatif --shard) as one file of results.
#pragma once

#include "scenarios/cli/invocation.hpp"

namespace jobset_twin::cli {

void addMerge(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
