// node_local.hpp - what a node says of a Pod by itself: the filters and scores that look at no other node and no other
// Pod's labels (NodeUnschedulable, NodeName, TaintToleration, NodeAffinity, NodePorts, NodeResourcesFit;
// LeastAllocated, balance, the raw values of node affinity and taints). Remembered by signature and node generation: a
// Pod like the one before asks only about the nodes that changed. Forgetting everything changes no answer.
#pragma once

#include <deque>

#include "sim/cluster/scheduler/node_table.hpp"
#include "sim/cluster/scheduler/profile.hpp"

namespace jobset_twin::cluster {

struct LocalAnswer {
  std::uint64_t generation = 0;  // of the node when asked; 0: never
  NodeVerdict verdict;
  std::int32_t fit = 0;       // NodeResourcesFit
  std::int32_t balanced = 0;  // NodeResourcesBalancedAllocation
  std::int32_t affinity = 0;  // preferred node affinity, not normalised
  std::int32_t taints = 0;    // PreferNoSchedule taints not tolerated, not normalised
};

LocalAnswer askNode(const NodeTable& nodes, const PodShape& shape, NodeSlot slot, const SchedulerProfile& profile,
                    bool balanced_by_difference);
NodeVerdict fitsResources(const NodeTable& nodes, const PodShape& shape, NodeSlot slot);  // K-SCH 5.3
bool portsFree(const NodeEntry& node, const PodShape& shape);

class LocalCache {
 public:
  // The answers for all slots for a signature under a profile, to be used until the next call; stale ones are marked by
  // their generation.
  std::vector<LocalAnswer>& answers(int profile, const std::string& signature, std::size_t slots);

 private:
  static constexpr std::size_t kSignatures = 32;
  struct Line {
    int profile = 0;
    std::string signature;
    std::vector<LocalAnswer> answers;
  };
  std::deque<Line> lines_;  // most recently used first
};

}  // namespace jobset_twin::cluster
