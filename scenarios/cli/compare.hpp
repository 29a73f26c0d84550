// compare.hpp - `compare A.sqlite B.sqlite`: which metrics moved beyond noise between two results of a study.
#pragma once

#include "scenarios/cli/invocation.hpp"

namespace jobset_twin::cli {

void addCompare(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
