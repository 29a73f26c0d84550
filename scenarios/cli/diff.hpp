// diff.hpp - `diff`: the first difference between two runs' results or trace files, in words.
#pragma once

#include "scenarios/cli/invocation.hpp"

namespace jobset_twin::cli {

void addDiff(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
