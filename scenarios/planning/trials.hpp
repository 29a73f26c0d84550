// trials.hpp - runs of candidates: many at a time on a Farm, each to the figures of its JobSets, and from these to what
// the levels ask. Judged are the JobSets that are submitted after the warm-up; one that has not come so far when the
// run is over has missed its level.
#pragma once

#include <functional>
#include <string>

#include "scenarios/planning/search.hpp"
#include "scenarios/study/farm.hpp"

namespace jobset_twin::scenarios::planning {

// What settings are compared by: the mean over the judged JobSets of each level that asks for it, and over these
// levels. Times are shares of what the level promises.
enum class Merit : std::uint8_t { kEttr, kFinish, kStart };
Merit meritOf(const CapacityPlan& plan);
// How a merit reads: "mean ETTR", "mean time to start, as a share of the promised one" (a time is negative: less is
// better).
std::string meritName(Merit merit);

Observed observedOf(const CapacityPlan& plan, const std::vector<Arrival>& arrivals, const study::RunFigures& figures);

struct TrialHooks {
  std::function<void(std::size_t done, std::size_t all)> progress;
  std::function<bool()> stopped;
};
// prepared must outlive it. Throws std::runtime_error with the run's own words if one breaks.
Evaluate onFarm(const Prepared& prepared, study::Farm farm, TrialHooks hooks);

}  // namespace jobset_twin::scenarios::planning
