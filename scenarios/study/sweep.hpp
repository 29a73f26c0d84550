// sweep.hpp - carries a study out: which runs it needs, how many replications, what is left to do. The order of runs,
// and so the results, do not depend on how many run at a time.
//
// Replication by replication, all points in each: a study that is stopped has whole replications first. With a
// precision to reach, replications are added for all points alike (their pairs stay whole), at most as many as there
// were. How many is told by whole replications alone, so that a study that was stopped and goes on ends as one that was
// not; what was left beyond them is made whole, too.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "scenarios/study/farm.hpp"
#include "scenarios/study/results.hpp"
#include "scenarios/study/study.hpp"

namespace jobset_twin::scenarios::study {

// One of so many parts of a study, by the runs' numbers.
struct Shard {
  std::uint32_t index = 0, count = 1;
};

struct SweepHooks {
  std::function<void(const RunRow&)> done;  // as runs end, in any order
  std::function<bool()> stopped;
  std::function<void(std::size_t done, std::size_t planned)> tick;  // of the runs of this call
};

struct SweepEnd {
  bool stopped = false;
  std::uint32_t replications = 0;        // that were wanted in the end
  std::vector<std::string> not_reached;  // precisions that the largest number of replications did not give
};

// Adds to `results` the runs that it lacks.
SweepEnd sweep(const Study& study, const Work& work, const Farm& farm, const Shard& shard, const SweepHooks& hooks,
               Results& results);

}  // namespace jobset_twin::scenarios::study
