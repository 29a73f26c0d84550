// whatif.hpp - `whatif STUDY.yaml`: runs the alternatives of a study with many seeds and says how they differ.
#pragma once

#include "scenarios/cli/invocation.hpp"

namespace jobset_twin::cli {

void addWhatif(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
