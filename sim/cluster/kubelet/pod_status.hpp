// pod_status.hpp - the status a kubelet writes for a Pod: phase (K-POD-1), conditions (K-POD-3) and container statuses
// (K-POD-4, K-POD-5), from what it has noticed. Pure. Source: kubernetes 1.36 pkg/kubelet (kubelet_pods.go,
// status/generate.go).
#pragma once

#include "sim/cluster/kubelet/pod_runtime.hpp"

namespace jobset_twin::cluster {

// `previous` keeps transition times of conditions that did not change; only the kubelet's own conditions are in the
// result.
api::PodStatus makePodStatus(const PodRuntime& pod, const std::string& host_ip, TimePoint now);
std::string phaseOf(const PodRuntime& pod);
bool sameStatus(const api::PodStatus& a, const api::PodStatus& b);  // condition times left out

}  // namespace jobset_twin::cluster
