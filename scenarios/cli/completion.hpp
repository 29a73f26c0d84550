// completion.hpp - `completion bash|zsh|fish`: completion scripts, made from the table of flags.
#pragma once

#include "scenarios/cli/invocation.hpp"

namespace jobset_twin::cli {

void addCompletion(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
