// program.hpp - the program without its `main`: what jobset-twin and jobset-twin-mpi share.
#pragma once

#include <string>
#include <vector>

#include "scenarios/cli/invocation.hpp"

namespace jobset_twin::cli {

// Reads the command line, runs one command, says what went wrong. Returns the exit code (exit_codes.hpp).
int runProgram(const std::vector<std::string>& arguments, const Spread& spread = {});

}  // namespace jobset_twin::cli
