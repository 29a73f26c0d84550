// cycle.hpp - one scheduling cycle: which node a Pod gets, or why none (K-SCH-15 to K-SCH-18).
//
// Differs from upstream: nodes are walked strictly in order (K-SCH-16), and the tie-break draws from a stream of the
// Pod's stable identity, one number a node.
#pragma once

#include "sim/cluster/scheduler/cluster_view.hpp"
#include "sim/cluster/scheduler/fit_error.hpp"
#include "sim/cluster/scheduler/pod_affinity.hpp"
#include "sim/cluster/scheduler/profile.hpp"
#include "sim/cluster/scheduler/topology_spread.hpp"
#include "sim/cluster/scheduler/volume_binding.hpp"

namespace jobset_twin::cluster {

struct CycleConfig {
  SchedulerProfile profile;
  int number = 0;                      // of the profile, for what is remembered by it
  bool taint_in_message = false;       // up to 1.35
  bool balanced_by_difference = true;  // K-SCH-24, 1.36
};

// Pods that wait for room on a node (status.nominatedNodeName), by node name.
using Nominations = std::map<std::string, std::vector<PodSlot>>;

struct Placement {
  NodeSlot node = kNoNode;
  FitError error;  // if no node was found
  std::size_t feasible = 0, processed = 0;
  std::vector<NodeSlot> fitting;                          // those that passed, in walking order
  std::vector<std::pair<NodeSlot, NodeVerdict>> refused;  // every node refused, in walking order (for preemption)
};

// The filters for one Pod, prepared. Whoever changes the view must prepare them anew.
class Filters {
 public:
  Filters(ClusterView& view, PodSlot pod, const CycleConfig& config);
  NodeVerdict ask(NodeSlot node);  // without nominated Pods
  const LocalAnswer& local(NodeSlot node);
  void prepare();

 private:
  ClusterView& view_;
  PodSlot pod_;
  const CycleConfig& config_;
  std::vector<LocalAnswer>* answers_ = nullptr;
  VolumeCheck volumes_;
  std::optional<AffinityCheck> affinity_;
  std::optional<SpreadCheck> spread_;
};

class Cycle {
 public:
  Cycle(ClusterView& view, const Nominations& nominations, const CycleConfig& config, PodSlot pod,
        std::uint64_t tie_key);
  // next_start: K-SCH-16, moved on. `nominated`: the node the Pod is nominated to, tried alone first; or "". `within`:
  // the only nodes that are looked at, in walking order; null: all.
  Placement run(std::size_t& next_start, const std::string& nominated, const std::vector<NodeSlot>* within = nullptr);
  // All filters, as if the nominated Pods of at least this one's priority were there, and as if not.
  NodeVerdict ask(NodeSlot node);
  // Total scores of feasible nodes; and what each plugin adds to them, weighted, in the order of 5.2.
  std::vector<Score> scores(std::span<const NodeSlot> nodes);
  std::vector<std::pair<std::string_view, std::vector<Score>>> scoresByPlugin(std::span<const NodeSlot> nodes);
  void refresh() { filters_.prepare(); }  // after the view was changed
  const CycleConfig& config() const { return config_; }

 private:
  ClusterView& view_;
  const CycleConfig& config_;
  PodSlot pod_;
  std::uint64_t tie_key_;
  std::map<NodeSlot, std::vector<PodSlot>> nominated_;  // those that count for this Pod
  Filters filters_;

  NodeSlot select(const std::vector<NodeSlot>& feasible);
  std::vector<Score> imageScores(std::span<const NodeSlot> nodes);
  void explain(Placement& placement) const;
};

}  // namespace jobset_twin::cluster
