// merge.hpp - the parts of one study, run apart, as one.
#pragma once

#include <string>
#include <vector>

#include "engine/api/result.hpp"
#include "scenarios/study/results.hpp"

namespace jobset_twin::scenarios::study {

struct Part {
  std::string file;  // for messages
  Results results;
};

struct Merged {
  Results results;
  std::vector<std::uint64_t> missing;  // numbers of runs that no part has, up to the last replication that one has
};
// Errors: parts of different studies or program versions, and runs of one number that differ. The same run twice is no
// mistake. Requires: one part at least.
api::Result<Merged> merge(std::vector<Part> parts);

}  // namespace jobset_twin::scenarios::study
