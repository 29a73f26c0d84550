// farm.hpp - many runs at a time, one per processor. Each worker is a process of its own: worlds share nothing then,
// reference counts included, and a run that breaks takes only itself along. What comes out does not depend on how many
// workers there are, nor on which of them ran what.
//
// A Farm is a function, so that runs can also be spread by MPI (scenarios/cli/mpi).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "scenarios/study/figures.hpp"

namespace jobset_twin::scenarios::study {

struct Task {
  std::uint32_t point = 0;  // which alternative: of the caller's
  std::uint64_t seed = 1;
};

struct Finished {
  RunFigures figures;
  std::string problem;  // not "": the run broke, and how; there are no figures then
};

// Makes the figures of a task. Called in a worker that was made from this process at the call of the farm, so it may
// read all that is here, and change nothing that is.
using Work = std::function<RunFigures(const Task&)>;

struct FarmHooks {
  std::function<void(std::size_t task, Finished)> done;  // in any order; the task's index
  std::function<bool()> stopped;                         // asked now and then: true ends it, without what is under way
  std::function<void()> tick;                            // several times a second, for progress
};

using Farm = std::function<void(const std::vector<Task>& tasks, const Work& work, const FarmHooks& hooks)>;

// Processes on this machine; 0: as many as it has processors for us.
Farm processFarm(unsigned workers);
unsigned processorsHere();

}  // namespace jobset_twin::scenarios::study
