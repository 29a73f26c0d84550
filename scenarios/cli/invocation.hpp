// invocation.hpp - one start of the program: what was typed, how it is to be said, and the command that was chosen.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scenarios/cli/diagnostics.hpp"
#include "scenarios/study/farm.hpp"

namespace CLI {
class App;
}

namespace jobset_twin::cli {

inline constexpr const char* kProgram = "jobset-twin";

// How runs are spread beyond this process, where they are (mpi/): else by processes on this machine.
struct Spread {
  scenarios::study::Farm farm;                               // may be empty
  std::function<void(const scenarios::study::Work&)> serve;  // not empty: this process only runs what others hand out
};

struct Invocation {
  Spread spread;
  std::vector<std::string> arguments;  // as typed, without the program
  Diagnostics diagnostics;
  int verbose = 0;
  std::string color;              // --color
  const CLI::App* app = nullptr;  // all commands and their flags, for help and completion
  std::function<int()> command;   // set by the command that was named; returns the exit code
};

}  // namespace jobset_twin::cli
