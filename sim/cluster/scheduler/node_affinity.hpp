// node_affinity.hpp - nodeSelector and node affinity: NodeAffinity's filter and score (K-SCH-25).
// Source: kube-scheduler 1.36, component-helpers scheduling/corev1/nodeaffinity.
#pragma once

#include <cstdint>

#include "engine/api/object.hpp"

namespace jobset_twin::cluster {

// A term without expressions and fields matches no node.
bool matchesTerm(const api::NodeSelectorTerm& term, const api::Object& node);
// nodeSelector and the required terms (one of them).
bool matchesNodeAffinity(const api::PodSpec& spec, const api::Object& node);
// Sum of the weights of the preferred terms that match.
std::int32_t preferredNodeAffinity(const api::PodSpec& spec, const api::Object& node);

}  // namespace jobset_twin::cluster
