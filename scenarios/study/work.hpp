// work.hpp - where the work of a run's workloads went: what counts in the end and what was done in vain, from the
// models of their containers where they have one, else from how long their Pods ran. docs/metrics.md has the
// definitions.
#pragma once

#include <optional>
#include <vector>

#include "scenarios/run.hpp"
#include "scenarios/study/history.hpp"

namespace jobset_twin::scenarios::study {

// Times of Pods, added up, in nanoseconds.
struct PodTimes {
  double useful = 0, lost = 0, saving = 0, restoring = 0, waiting = 0;
  double wanted = 0;                     // Pods that the workload was to have, times how long, from its submission on
  std::optional<std::int64_t> repeated;  // steps, shards, items: of models

  double total() const { return useful + lost + saving + restoring + waiting; }
  std::optional<double> ettr() const { return wanted > 0 ? std::optional<double>(useful / wanted) : std::nullopt; }
};

// By workload, in the history's order. Requires: the history is finished.
std::vector<PodTimes> workOf(const History& history, const Run& run, TimePoint end);

}  // namespace jobset_twin::scenarios::study
