// clock.hpp - `jobset-twin clock`: the virtual time of a served cluster, from another terminal.
#pragma once

#include "scenarios/cli/flags.hpp"

namespace jobset_twin::cli {

void addClock(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
