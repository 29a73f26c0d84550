// node_leases.hpp - what an outage of the API server does to the leases of nodes (K-NODE-1): nobody renews them, and
// when it is over each kubelet's next try does.
//
// Source: component-helpers lease controller. A renewal that fails is tried again after 200 ms, doubling to 7 s, until
// one succeeds; the next one is a period later (K-T-2). So leases come one by one.
#pragma once

#include <vector>

#include "sim/cluster/world.hpp"

namespace jobset_twin::cluster {

void stopRenewals(World& world);
// When which nodes are renewed, to be told of by renewNode(); a node that falls silent before is not.
struct Renewal {
  kernel::TimePoint at;
  std::string node;
};
std::vector<Renewal> resumeRenewals(World& world);
void renewNode(World& world, const std::string& node);

}  // namespace jobset_twin::cluster
