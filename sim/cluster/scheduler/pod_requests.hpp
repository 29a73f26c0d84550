// pod_requests.hpp - what a Pod asks of a node: K-SCH-20.
//
// cpu in milli-units, everything else in units (bytes, devices). Source: kube-scheduler 1.36 (component-helpers
// resource.PodRequests). Differs: allocated and actual resources of an in-place resize are not looked at.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/api/pod.hpp"

namespace jobset_twin::cluster {

using Amounts = std::map<std::string, std::int64_t>;  // by resource name

inline constexpr std::int64_t kDefaultScoredMilliCpu = 100;
inline constexpr std::int64_t kDefaultScoredMemory = 200 * 1024 * 1024;

struct PodRequests {
  Amounts amounts;
  // For LeastAllocated: a container that asks for none counts as 100m and 200 MiB.
  std::int64_t scored_milli_cpu = 0, scored_memory = 0;
};

PodRequests podRequests(const api::PodSpec& spec);
Amounts amountsOf(const api::ResourceList& list);

}  // namespace jobset_twin::cluster
