// replay.hpp - `jobset-twin replay`: what was done to a served cluster, again without any client.
#pragma once

#include "scenarios/cli/flags.hpp"

namespace jobset_twin::cli {

void addReplay(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
