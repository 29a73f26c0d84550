// taints.hpp - taints and tolerations: NodeUnschedulable and TaintToleration (K-SCH 5.2, K-SCH-10, K-SCH-26).
// Source: kube-scheduler 1.36, component-helpers scheduling/corev1. Gt and Lt tolerations (alpha, off) tolerate
// nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/api/node.hpp"

namespace jobset_twin::cluster {

bool tolerates(const api::Toleration& toleration, const api::Taint& taint);
bool toleratesAny(const std::vector<api::Toleration>& tolerations, const api::Taint& taint);
// The first NoSchedule or NoExecute taint that is not tolerated; null: none.
const api::Taint* firstUntolerated(const std::vector<api::Taint>& taints,
                                   const std::vector<api::Toleration>& tolerations);
// How many PreferNoSchedule taints are not tolerated.
std::int32_t intolerablePreferred(const std::vector<api::Taint>& taints,
                                  const std::vector<api::Toleration>& tolerations);
// The plugin NodeUnschedulable: spec.unschedulable, unless its taint is tolerated.
bool refusesUnschedulable(const api::Node& node, const std::vector<api::Toleration>& tolerations);

}  // namespace jobset_twin::cluster
