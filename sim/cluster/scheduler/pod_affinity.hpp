// pod_affinity.hpp - InterPodAffinity: K-SCH-28 (score) and K-SCH-29 (filter).
#pragma once

#include <span>

#include "sim/cluster/scheduler/cluster_view.hpp"

namespace jobset_twin::cluster {

// What one Pod's affinity means at one moment; good until the view changes.
class AffinityCheck {
 public:
  AffinityCheck(ClusterView& view, const ViewPod& pod);
  NodeVerdict ask(const Topology& topology, NodeSlot node) const;

 private:
  std::vector<DomainQuery> existing_anti_, own_anti_, affinity_;
  bool first_ = false;  // no Pod matches, and this one matches its own terms
};

// Normalised scores of the nodes; empty: the plugin has nothing to say. `hard_weight`: of required affinity of others.
std::vector<Score> podAffinityScores(ClusterView& view, const ViewPod& pod, std::span<const NodeSlot> nodes,
                                     std::int32_t hard_weight);

// Does `other` match a term? (hints)
bool matchesTerm(const AffinityTerm& term, const api::ObjectMeta& other, const NamespaceLabels& namespaces);
bool matchesAllTerms(const std::vector<AffinityTerm>& terms, const api::ObjectMeta& other,
                     const NamespaceLabels& namespaces);

}  // namespace jobset_twin::cluster
