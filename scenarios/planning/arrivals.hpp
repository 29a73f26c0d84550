// arrivals.hpp - the JobSets of a run, one by one: when each is submitted, how large it is and how long it runs.
//
// What is drawn depends on the seed, on the workload's name and on the JobSet's number in it alone, so that candidates
// with other nodes or settings see the same JobSets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/planning/capacity_plan.hpp"

namespace jobset_twin::scenarios::planning {

struct Arrival {
  std::size_t workload = 0;
  std::int32_t number = 1;  // in its workload, from 1
  Duration at{};
  std::int32_t pods = 1;             // of shapes
  std::optional<std::int64_t> gpus;  // of all Pods, if a trace says so
  std::optional<Duration> run_time;  // of shapes

  // JobSets of a plan have a namespace each, so that a manifest's names hold in all of its copies.
  std::string namespaceIn(const CapacityPlan& plan) const;
};

// In order of their times. growth: so many times as many arrive; lines of a trace and given times are repeated then, at
// the times of others.
std::vector<Arrival> arrivalsOf(const CapacityPlan& plan, std::uint64_t seed, double growth = 1);

// JobSets an hour of a workload, on average over the time in which those that are judged are submitted and, where the
// times are given, served: so long each.
double arrivalRate(const CapacityPlan& plan, const Workload& workload, double held_hours = 0);

}  // namespace jobset_twin::scenarios::planning
