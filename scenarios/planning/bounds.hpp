// bounds.hpp - what can be said of a plan before anything runs: how much it asks for on average and at once, which
// counts can never do, and which are likely to. Linear algebra with Eigen, flows (placement.hpp), queues
// (theory/queueing.hpp), checkpoints (steady.hpp).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "scenarios/planning/placement.hpp"
#include "scenarios/planning/steady.hpp"

namespace jobset_twin::scenarios::planning {

// What a workload asks for on average.
struct WorkloadLoad {
  double rate = 0;                // JobSets an hour
  double hours = 0;               // that one holds its nodes, on average
  std::vector<PlacedGroup> held;  // Pods that have nodes, on average
  std::vector<PlacedGroup> gang;  // the Pods of its largest JobSet
};

class Bounds {
 public:
  // held: hours that a JobSet of each workload holds its nodes, where runs have shown it; 0: not known.
  Bounds(const CapacityPlan& plan, const std::vector<double>& held);

  // Cannot do, by placement of one JobSet alone or by load (of steady arrivals); "": it may.
  std::string whyNever(const Counts& counts) const;
  // The share of each resource that is in use on average, largest first.
  std::vector<std::pair<std::string, double>> use(const Counts& counts, double growth = 1) const;
  // What a queue of so much load would come to: the share of JobSets that start in time, at the worst level; M/M/c in
  // units of the typical demand of a JobSet. Exact for JobSets of one Pod and exponential times.
  double likelyShare(const Counts& counts, std::size_t level) const;
  // All levels are likely to be met.
  bool likely(const Counts& counts) const;

  // How much room there is on nodes that are up, in ways that cannot be compared: of one number where all Pods of the
  // plan see the types of nodes alike, else nodes by type.
  std::vector<double> room(const Counts& counts) const;

  const std::vector<WorkloadLoad>& loads() const { return loads_; }
  // Average demand for each resource, all workloads together; by name.
  std::vector<std::pair<std::string, double>> demand() const;
  // By theory the JobSets of a level cannot reach its ETTR, however many nodes there are: why, and what would help.
  struct Hopeless {
    std::size_t level = 0;
    SteadyCase steady;
    BestCheckpoint best;
    double target = 0;
    std::vector<Escape> escapes;
  };
  std::vector<Hopeless> hopeless() const;

 private:
  std::vector<double> up(const Counts& counts) const;
  std::string whyNotAlone(std::size_t workload, const Counts& counts) const;
  std::string whyNoQuota() const;
  void addQuotas();
  void compareTypes();
  const CapacityPlan& plan_;
  std::vector<NodeKind> kinds_;
  std::vector<std::string> resources_;
  Eigen::MatrixXd capacity_;       // resource x type: of a node, times the share of time that it is up
  Eigen::VectorXd demand_, size_;  // by resource: on average; typical of one JobSet
  std::vector<WorkloadLoad> loads_;
  std::vector<PlacedGroup> lasting_;  // of those, what is known to stay to the end
  double mean_hours_ = 0;
  std::optional<std::vector<std::int64_t>> slots_;  // by type, of one Pod for all; absent: they see types differently
  std::vector<std::pair<std::string, double>> quotas_;  // what is asked of each on average, as a share of it
  std::string no_quota_;                                // why a queue can never do, whatever the nodes; "": it may
  bool steady_ = true;
};

// How a workload's JobSets write checkpoints and fail, if its short form says so.
std::optional<SteadyCase> steadyCase(const CapacityPlan& plan, const Workload& workload);

}  // namespace jobset_twin::scenarios::planning
