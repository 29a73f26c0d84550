// explain.hpp - `explain timing`: every timing parameter, where it comes from and how a scenario sets it.
#pragma once

#include "scenarios/cli/invocation.hpp"

namespace jobset_twin::cli {

void addExplain(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
