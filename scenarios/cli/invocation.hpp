// invocation.hpp - one start of the program: what was typed, how it is to be said, and the command that was chosen.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scenarios/cli/diagnostics.hpp"

namespace CLI {
class App;
}

namespace jobset_twin::cli {

inline constexpr const char* kProgram = "jobset-twin";

struct Invocation {
  std::vector<std::string> arguments;  // as typed, without the program
  Diagnostics diagnostics;
  int verbose = 0;
  std::string color;              // --color
  const CLI::App* app = nullptr;  // all commands and their flags, for help and completion
  std::function<int()> command;   // set by the command that was named; returns the exit code
};

}  // namespace jobset_twin::cli
