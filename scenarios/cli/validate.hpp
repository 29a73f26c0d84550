// validate.hpp - `validate`: what the API server would make of manifests, without running anything.
#pragma once

#include "scenarios/cli/invocation.hpp"

namespace jobset_twin::cli {

void addValidate(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
