// What a kubelet refuses before it starts anything of a Pod: such a Pod is Failed at once and has no containers
// (K-POD-7, K-POD-48, K-GOT-25). Not modelled: that a critical Pod preempts others here; topology policies. Source:
// kubernetes 1.36 pkg/kubelet/lifecycle/predicate.go.
#include <fmt/format.h>

#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/cluster/scheduler/node_affinity.hpp"
#include "sim/cluster/scheduler/pod_requests.hpp"

namespace jobset_twin::cluster {
namespace {

bool isDevice(std::string_view resource) {
  return resource.find('/') != std::string_view::npos && !resource.starts_with("kubernetes.io/") &&
         !resource.starts_with("hugepages-");
}

bool bestEffort(const api::PodSpec& spec) {
  for (const auto* containers : {&spec.initContainers, &spec.containers}) {
    for (const api::Container& container : *containers) {
      for (const char* resource : {"cpu", "memory"}) {
        if (container.resources.requests.contains(resource) || container.resources.limits.contains(resource))
          return false;
      }
    }
  }
  return true;
}

}  // namespace

// Already so, at the moment: terminating Pods count as long as their containers run.
std::optional<Rejection> Kubelet::rejects(std::uint32_t slot) const {
  const PodRuntime& pod = pods_[slot];
  const NodeRuntime& node = nodes_[pod.node];
  const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
  const bool critical = spec.priority.value_or(0) >= kCriticalPriority;
  if (node.shutting_down) return Rejection{"NodeShutdown", "Pod was rejected as the node is shutting down."};
  if (!critical && (node.disk.pressure || (node.memory.pressure && bestEffort(spec)))) {
    return Rejection{"Evicted", fmt::format("The node had condition: [{}]. ",
                                            node.disk.pressure ? "DiskPressure" : "MemoryPressure")};
  }
  if (!node.present) return std::nullopt;
  if (!matchesNodeAffinity(spec, *node.object)) {
    return Rejection{
        "NodeAffinity",
        "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"};
  }
  Amounts used;
  std::int64_t pods = 0;
  for (const std::uint32_t other : node.slots) {
    const PodRuntime& there = pods_[other];
    if (other == slot || !there.start_time || there.stage == PodStage::kTerminal) continue;
    ++pods;
    for (const auto& [resource, amount] : podRequests(*api::as<api::Pod>(there.pod).spec).amounts)
      used[resource] += amount;
  }
  const Amounts offered = amountsOf(api::as<api::Node>(node.object).status.allocatable);
  if (const auto most = offered.find("pods"); most != offered.end() && pods + 1 > most->second) {
    return Rejection{"OutOfpods",
                     fmt::format("Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: {}, "
                                 "capacity: {}",
                                 pods, most->second)};
  }
  for (const auto& [resource, amount] : podRequests(spec).amounts) {
    const auto most = offered.find(resource);
    if (amount == 0 || (most == offered.end() && !isDevice(resource))) continue;
    std::int64_t capacity = most == offered.end() ? 0 : most->second;
    if (isDevice(resource)) {
      // The plugin knows before the Node object does.
      const auto lost = node.lost_devices.find(resource);
      const api::ResourceList& all = api::as<api::Node>(node.object).status.capacity;
      if (lost != node.lost_devices.end() && all.contains(resource))
        capacity = std::max<std::int64_t>(all.at(resource).value() - lost->second, 0);
      const std::int64_t available = std::max<std::int64_t>(capacity - used[resource], 0);
      if (amount <= available) continue;
      return Rejection{"UnexpectedAdmissionError",
                       fmt::format("Pod was rejected: Allocate failed due to requested number of devices unavailable "
                                   "for {}. Requested: {}, Available: {}, which is unexpected",
                                   resource, amount, available)};
    }
    if (used[resource] + amount <= capacity) continue;
    return Rejection{"OutOf" + resource,
                     fmt::format("Pod was rejected: Node didn't have enough resource: {}, requested: {}, used: {}, "
                                 "capacity: {}",
                                 resource, amount, used[resource], capacity)};
  }
  return std::nullopt;
}

bool Kubelet::admit(Context& ctx, std::uint32_t slot) {
  const std::optional<Rejection> rejection = rejects(slot);
  if (!rejection) return true;
  PodRuntime& pod = pods_[slot];
  pod.start_time = ctx.now();
  pod.stage = PodStage::kStarting;
  pod.fail_reason = rejection->reason;
  pod.fail_message = rejection->message;
  event(ctx, pod, "Warning", rejection->reason, rejection->message);
  record(ctx, pod, NoteKind::kDecision, fmt::format("the kubelet refuses the Pod: {}", rejection->message));
  syncStatus(ctx, slot);
  return false;
}

}  // namespace jobset_twin::cluster
