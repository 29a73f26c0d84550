// serve.hpp - `jobset-twin serve`: the simulated cluster as a Kubernetes API server on loopback.
#pragma once

#include "scenarios/cli/flags.hpp"

namespace jobset_twin::cli {

void addServe(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
