// cluster_model.hpp - what queueing theory speaks of, through the whole control plane: JobSets of one Pod that arrive
// at random at a cluster with room for so many Pods; and nodes that fail and are repaired. Without latency.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/kernel/time.hpp"

namespace jobset_twin::validation {

struct ArrivalsRun {
  int nodes = 1;    // of one Pod each
  double rate = 1;  // JobSets in the mean time that a Pod runs, which is exponential
  int jobsets = 0;  // in all
  std::uint64_t seed = 1;
  double urgent = 0;     // share of JobSets whose Pods have the higher of two priorities; 0: nobody has a PriorityClass
  bool preempt = false;  // the urgent do; else their preemptionPolicy is Never
};
// One JobSet: it was created, its Pod was bound first, and ended.
struct Customer {
  kernel::TimePoint arrived{}, began{}, ended{};
  bool urgent = false;
};
inline constexpr kernel::Duration kMeanService = std::chrono::seconds(100);
std::vector<Customer> runArrivals(const ArrivalsRun& what);
// When they begin and end if so many servers take them in order of arrival, given when each arrived and how long it
// ran: Kiefer's and Wolfowitz' recursion, which knows nothing of clusters.
std::vector<Customer> byRecursion(std::vector<Customer> customers, int servers);
// The same for one server that takes the urgent first, and interrupts nobody.
std::vector<Customer> byPriority(std::vector<Customer> customers);
// So many that are drawn by the laws of runArrivals, each taken at once: for the recursions.
std::vector<Customer> drawnCustomers(double rate, double urgent, std::size_t count, std::uint64_t seed);

struct RepairRun {
  int nodes = 100, crews = 0;  // crews: repairers; 0: no limit
  kernel::Duration mttf{}, repair{}, warm_up{}, measured{};
  std::uint64_t seed = 1;
};
struct RepairFigures {
  double down = 0, not_ready = 0;  // mean numbers of nodes: without power; whose condition Ready is not True
};
RepairFigures runRepairs(const RepairRun& what);

}  // namespace jobset_twin::validation
