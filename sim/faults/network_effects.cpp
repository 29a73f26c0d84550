// Faults of the cluster's network: name servers, EndpointSlices, and the ways between Pods (sim/cluster/network).
#include <fmt/format.h>

#include "engine/api/time.hpp"
#include "engine/jobset/names.hpp"
#include "sim/cluster/world_parts.hpp"
#include "sim/faults/effects.hpp"
#include "sim/faults/target.hpp"

namespace jobset_twin::faults {
namespace {

// A path of Pods as a group of them: namespace, and a label for each part that is no star.
void narrow(cluster::PodGroup& group, const std::string& path) {
  const std::vector<std::string_view> parts = pathParts(path);
  constexpr std::string_view kLabels[] = {"", jobset::kJobSetNameKey, jobset::kReplicatedJobNameKey,
                                          jobset::kJobIndexKey, jobset::kCompletionIndexKey};
  const std::size_t skipped = std::size(kLabels) - parts.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == "*") continue;
    if (kLabels[skipped + i].empty()) {
      group.namespace_ = parts[i];
    } else {
      group.selector.matchLabels.set(kLabels[skipped + i], parts[i]);
    }
  }
}

cluster::PodGroup groupOf(const Effect& effect) {
  const Target& target = effect.fault.target;
  cluster::PodGroup group;
  if (target.selector) group.selector = *target.selector;
  if (!target.pod.empty()) narrow(group, target.pod);
  if (target.node.empty() && target.domain.empty()) return group;
  for (const auto& [key, node] : effect.world.server().store().all(api::Kind::kNode)) {
    if (nodeFits(target, Scope::kPods, *node)) group.nodes.insert(node->meta.name);
  }
  return group;
}

}  // namespace

std::string beginOnNetwork(const Effect& effect) {
  const Fault& fault = effect.fault;
  cluster::WorldParts& parts = effect.world.parts();
  cluster::Context ctx = effect.world.context();
  const Duration latency = fault.latency.value_or(Duration::zero());
  switch (fault.class_) {
    case FaultClass::kDnsDown:
      parts.dns.beginFault(ctx, effect.number, {cluster::DnsFault::Kind::kDown, {}});
      return "the name servers do not answer";
    case FaultClass::kDnsSlow:
      parts.dns.beginFault(ctx, effect.number, {cluster::DnsFault::Kind::kSlow, latency});
      return fmt::format("each query of names takes {} longer", api::formatDuration(latency));
    case FaultClass::kDnsStale:
      parts.dns.beginFault(ctx, effect.number, {cluster::DnsFault::Kind::kStale, {}});
      return "the name servers answer by what they know now";
    case FaultClass::kEndpointsDelay:
      parts.endpoints.beginFault(effect.number, {latency, !fault.latency});
      return fault.latency ? fmt::format("EndpointSlices are updated {} later", api::formatDuration(latency))
                           : "EndpointSlices are not updated";
    case FaultClass::kPodPartition: {
      cluster::PodPartition partition;
      partition.group = groupOf(effect);
      if (!partition.group.nodes.size() && !(fault.target.node.empty() && fault.target.domain.empty())) return {};
      if (!fault.to.empty()) narrow(partition.others.emplace(), fault.to);
      partition.dns = fault.to.empty();
      parts.dns.beginPartition(effect.number, std::move(partition));
      return fmt::format("Pods ({}) do not reach {}", targetText(fault.target),
                         fault.to.empty() ? "any others, nor the name servers" : "Pods (pod=" + fault.to + ")");
    }
    default: return {};
  }
}

void endOnNetwork(const Effect& effect) {
  cluster::WorldParts& parts = effect.world.parts();
  cluster::Context ctx = effect.world.context();
  switch (effect.fault.class_) {
    case FaultClass::kEndpointsDelay: parts.endpoints.endFault(ctx, effect.number); break;
    case FaultClass::kPodPartition: parts.dns.endPartition(ctx, effect.number); break;
    default: parts.dns.endFault(ctx, effect.number); break;
  }
}

}  // namespace jobset_twin::faults
