// placement.hpp - whether Pods can go to nodes at all: a bound by maximum flow (Boost.Graph). For each resource, what
// the groups of Pods ask for flows to the types of nodes that a Pod may go to and fits on, and from there into what all
// nodes of the type have. If not all of it arrives, no scheduler can place the Pods; if it does, one may still fail.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/planning/workload_jobset.hpp"
#include "sim/cluster/scheduler/pod_requests.hpp"

namespace jobset_twin::scenarios::planning {

// A node of each type as the scheduler sees it.
struct NodeKind {
  api::ObjectPtr node;
  cluster::Amounts amounts;  // cpu in thousandths; "pods"
};
std::vector<NodeKind> nodeKinds(const CapacityPlan& plan);
double amountOf(const cluster::Amounts& amounts, const std::string& resource);  // 0: not among them

struct PlacedGroup {
  double pods = 1;  // at once, on average where it is a load
  cluster::Amounts each;
  std::vector<std::int64_t> slots;  // of such Pods on an empty node of each type; 0: it may not go there
};
PlacedGroup placedGroup(const PodGroup& group, const std::vector<NodeKind>& kinds);

struct PlacementBound {
  double share = 1;    // of the scarcest resource's demand that arrives
  std::string scarce;  // that resource; "": there is enough of all
};
// nodes: of each type; may be fractions, for nodes that are not always up.
PlacementBound placementBound(const std::vector<PlacedGroup>& groups, const std::vector<NodeKind>& kinds,
                              const std::vector<double>& nodes);

}  // namespace jobset_twin::scenarios::planning
