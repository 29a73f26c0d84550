// capacity_plan.hpp - kind: CapacityPlan of jobset-twin.dev/v1alpha1 as plain values: which node types there are to
// choose from, what arrives, which service levels are to be met, and which settings may be varied. docs/planning.md is
// the user's description of every field; read_capacity_plan.hpp reads it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/changes.hpp"
#include "scenarios/scenario.hpp"

namespace jobset_twin::scenarios::planning {

using workload::TimeDistribution;

// How many nodes are kept as spares beside those that are in use.
struct SpareRule {
  double share = 0.99;             // so sure that failed nodes do not outnumber the spares
  std::optional<double> down;      // share of nodes that are down; absent: from failures and repair
  std::optional<Duration> period;  // at no time in such a period; absent: at any one moment
};

struct NodeType {
  NodePool pool;  // its count is not used
  std::int32_t least = 1, most = 1;
  std::optional<double> price;             // of a node for an hour
  std::optional<TimeDistribution> fails;   // time to the next failure of a node
  std::optional<TimeDistribution> repair;  // absent: failures are for good
  std::optional<SpareRule> spares;
  api::Error origin;
};

// One line of a trace.
struct TraceRow {
  Duration at{};
  std::optional<Duration> run_time;
  std::optional<std::int32_t> pods;
  std::optional<std::int64_t> gpus;  // of all Pods together
};

// When the JobSets of a workload are submitted.
struct Arrivals {
  enum class Kind : std::uint8_t { kPoisson, kTimes, kTrace } kind = Kind::kTimes;
  Duration gap{};              // Poisson: mean time between two
  std::vector<double> hourly;  // Poisson: weights of the 24 hours of a day, of mean 1; empty: all alike
  std::vector<Duration> times;
  std::vector<TraceRow> rows;  // in order of time
};

// A JobSet in short: one replicated job of like Pods that run together.
struct Shape {
  std::int32_t pods = 1;
  api::ResourceList requests;  // of a Pod
  api::StringMap node_selector;
  std::optional<TimeDistribution> run_time;  // one draw a JobSet; absent: the trace has it
  std::optional<workload::CheckpointSpec> checkpoint;
  std::int32_t max_restarts = 100;
  std::string restart_strategy;  // "": JobSet's default
};

// A ClusterQueue of Kueue (docs/kueue.md), of one flavor that all nodes have.
struct Queue {
  std::string name, cohort;                 // cohort "": none
  std::string strategy = "BestEffortFIFO";  // or StrictFIFO
  api::ResourceList nominal, borrowing;     // quotas by resource; what has no limit to borrow may borrow all
  std::string within_queue, within_cohort;  // whom it preempts; "": nobody
  api::Error origin;
};

struct Workload {
  std::string name;
  std::string queue;  // where its JobSets wait for quota; "": nowhere
  Arrivals arrivals;
  std::optional<Shape> shape;           // or:
  std::vector<api::ObjectPtr> objects;  // manifests, with exactly one JobSet among them
  std::vector<std::string> origins;     // of each, file:line
  std::vector<workload::Behavior> behaviors;
  api::Error origin;
};

// What so many of the JobSets of a workload must reach. All that is given must hold.
struct Level {
  std::string workload;  // "": of all
  double share = 0.95;
  std::optional<Duration> start_within;   // all Pods ready at once, since it was submitted
  std::optional<Duration> finish_within;  // Completed, since it was submitted
  std::optional<double> ettr;
  api::Error origin;

  bool isAbout(const std::string& name) const { return workload.empty() || workload == name; }
};

// Something besides counts that may be chosen: a field and the values that it may have.
struct Setting {
  std::string name;
  FieldPlace field;                                           // in the plan, or in the JobSet of a workload
  std::vector<std::pair<std::string, api::TreeNode>> values;  // as shown, and the value
  api::Error origin;
};

struct CapacityPlan {
  std::string name, description;
  std::vector<NodeType> nodes;
  std::vector<Queue> queues;
  std::vector<Workload> workloads;
  std::vector<Level> levels;
  std::vector<Setting> settings;
  Scenario scenario;            // everything else: timing, scheduler, faults, behaviors
  Duration warm_up{};           // JobSets that are submitted before are not judged
  Duration arrivals_end{};      // none is submitted later
  Duration end{};               // the run is over then; what has not come until then is missing
  double confidence = 0.95;     // of each verdict
  std::int32_t most_runs = 64;  // of one candidate
  double tolerance = 0;         // of the price: what is cheaper by less is not worth a look

  const Workload* workload(const std::string& wanted) const {
    for (const Workload& one : workloads)
      if (one.name == wanted) return &one;
    return nullptr;
  }
  const Queue* queue(const std::string& wanted) const {
    for (const Queue& one : queues)
      if (one.name == wanted) return &one;
    return nullptr;
  }
};

// How many nodes of each type, in their order.
using Counts = std::vector<std::int32_t>;

// A node without prices anywhere costs 1, so that the fewest nodes are the cheapest.
double priceOf(const CapacityPlan& plan, const Counts& counts);

}  // namespace jobset_twin::scenarios::planning
