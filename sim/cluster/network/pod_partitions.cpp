#include "sim/cluster/network/pod_partitions.hpp"

#include <algorithm>

namespace jobset_twin::cluster {

bool PodGroup::has(const PodEnd& pod) const {
  return (namespace_.empty() || namespace_ == pod.namespace_) &&
         (nodes.empty() || nodes.contains(std::string(pod.node))) && api::matches(selector, pod.labels);
}

bool PodPartitions::cut(const PodEnd& from, const PodEnd& to) const {
  const auto between = [](const PodPartition& cut, const PodEnd& one, const PodEnd& other) {
    return cut.group.has(one) && (cut.others ? cut.others->has(other) : !cut.group.has(other));
  };
  return std::any_of(active_.begin(), active_.end(), [&](const auto& entry) {
    return between(entry.second, from, to) || between(entry.second, to, from);
  });
}

bool PodPartitions::cutFromDns(const PodEnd& pod) const {
  return std::any_of(active_.begin(), active_.end(),
                     [&](const auto& entry) { return entry.second.dns && entry.second.group.has(pod); });
}

}  // namespace jobset_twin::cluster
