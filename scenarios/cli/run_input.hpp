// run_input.hpp - everything that a run is made of: the texts, also those that a scenario names, and the flags.
// A saved run holds it, so that it goes on without the files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scenarios/load.hpp"

namespace jobset_twin::cli {

struct RunInput {
  std::vector<scenarios::InputFile> files;
  scenarios::LoadOptions options;
  std::map<std::string, std::string> named;  // files that the scenario names, by path, as they were read

  // Loads it; files that a scenario names come from `named`, else from the disk (and are kept in `named`).
  scenarios::Loaded load();
};

}  // namespace jobset_twin::cli
