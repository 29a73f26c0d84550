// usage_error.hpp - what is wrong with a command line, in two lines: what, with the nearest right spelling, and where
// help is.
#pragma once

#include <CLI/CLI.hpp>

#include "scenarios/cli/invocation.hpp"

namespace jobset_twin::cli {

void explainUsageError(const CLI::App& app, const CLI::App& command, const CLI::ParseError& error,
                       Invocation& invocation);
void explainMissingCommand(const CLI::App& app, Invocation& invocation);
// Says a mistake that a command found itself. Returns the exit code.
int usageError(const Invocation& invocation, const std::string& command, const std::string& text);
// --color, as it was given, for all that is said from now on.
void applyColor(Invocation& invocation);

}  // namespace jobset_twin::cli
