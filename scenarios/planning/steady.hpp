// steady.hpp - the effective training time ratio of a gang that writes checkpoints and is hit by failures of its nodes,
// by theory (scenarios/theory/gangs.hpp), and what would have to change for it to reach a level.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jobset_twin::scenarios::planning {

// Times in hours. A failure costs `restart` and the work since the last checkpoint.
struct SteadyCase {
  double nodes = 1;
  double failures = 0;  // of a node, per 1,000 node-days
  double write = 0, restart = 0;
  double mttf() const { return 24000 / (nodes * failures); }  // of the gang
};
double steadyEttr(const SteadyCase& which, double interval);
// At the best interval between checkpoints, and that interval. Requires: failures > 0.
struct BestCheckpoint {
  double interval = 0, ettr = 1;
};
BestCheckpoint bestCheckpoint(const SteadyCase& which);

// One thing alone that would do, at the best interval that then is.
struct Escape {
  std::string what, unit;  // "failure rate", "per 1,000 node-days"
  double now = 0;
  std::optional<double> needed;  // absent: it alone does not do it, even at nothing
  double ettr_at_none = 0;       // ... what it comes to then
};
std::vector<Escape> escapes(const SteadyCase& which, double ettr);

}  // namespace jobset_twin::scenarios::planning
