// help.hpp - `help [COMMAND|TOPIC]` and the text of --help, made from the table of flags.
#pragma once

#include <string>

#include "scenarios/cli/invocation.hpp"

namespace jobset_twin::cli {

// One sentence, usage, examples, flags in groups with their defaults.
std::string helpText(const CLI::App& command);
// "-o, --output table|wide|json": as a flag stands in help.
void addHelp(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
