// topology_spread.hpp - PodTopologySpread: K-SCH-30 (filter) and K-SCH-31 (score, with the system's default
// constraints).
#pragma once

#include <span>

#include "sim/cluster/scheduler/cluster_view.hpp"

namespace jobset_twin::cluster {

// What one Pod's DoNotSchedule constraints mean at one moment; good until the view changes. O(nodes) to make when there
// are any.
class SpreadCheck {
 public:
  SpreadCheck(ClusterView& view, const ViewPod& pod, const SchedulerProfile& profile);
  NodeVerdict ask(const Topology& topology, NodeSlot node) const;

 private:
  struct Constraint {
    int column = 0;
    std::int64_t max_skew = 1, own = 0, least = 0;
    std::vector<std::int64_t> counts;  // by domain
  };
  std::vector<Constraint> constraints_;
};

// Normalised scores of the nodes; empty: the plugin has nothing to say.
std::vector<Score> spreadScores(ClusterView& view, const ViewPod& pod, std::span<const NodeSlot> nodes,
                                const SchedulerProfile& profile);

}  // namespace jobset_twin::cluster
