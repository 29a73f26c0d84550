// run.hpp - `run`: loads manifests and a scenario, lets the simulated cluster go, and shows what came of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/cli/invocation.hpp"
#include "scenarios/load.hpp"

namespace jobset_twin::cli {

struct RunOptions {
  std::vector<std::string> files;
  scenarios::LoadOptions load;
  std::string validation, timeline, format, objects;  // words, as typed
  bool watch_only = false, logs = false, print_scenario = false, scores = false;
  std::string output, trace, save, from;  // paths; "": not asked for
  std::vector<std::string> resolve, why;
  std::string report;  // text, json, none
  std::uint64_t replications = 1;

  bool forPeople() const { return format == "table" || format == "wide"; }
};

void addRun(CLI::App& app, Invocation& invocation);

}  // namespace jobset_twin::cli
