// critical_path.hpp - the longest path through a graph of milestones, each of which waited for others.
//
// A milestone is reached once all that it waited for is there and its own step is done: the step lasts from the latest
// of its predecessors to its own time. The longest path by the steps' lengths ends at the last milestone and is as long
// as the time from the first to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/api/time.hpp"

namespace jobset_twin::viz::report {

// A fault that hindered a step, and for how much of its time.
struct Held {
  std::uint32_t event = 0;  // the ledger's
  api::Duration time{};
};

struct PathStep {
  std::string what;    // "image pulled"
  std::string object;  // "pod/x"; "" : of the JobSet
  api::TimePoint at{};
  api::Duration took{};
  std::size_t milestone = 0;  // its number
  std::vector<Held> held;     // filled in by whoever knows of faults
};

class MilestoneGraph {
 public:
  // Milestones are added after all that they wait for; times before those of a predecessor count as equal to it.
  std::size_t add(std::string what, std::string object, api::TimePoint at, const std::vector<std::size_t>& waits_for);
  // From the milestone `from` to `to`; the steps after `from`. Empty if there is no way.
  std::vector<PathStep> longestPath(std::size_t from, std::size_t to) const;
  api::TimePoint at(std::size_t milestone) const { return milestones_[milestone].at; }
  std::size_t size() const { return milestones_.size(); }

 private:
  std::vector<PathStep> milestones_;  // took: of its own step
  std::vector<std::pair<std::size_t, std::size_t>> edges_;
};

}  // namespace jobset_twin::viz::report
