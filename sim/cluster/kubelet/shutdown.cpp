// Graceful shutdown of a node (K-NODE-20, K-T-18): Pods are ended within shutdown_grace - shutdown_grace_critical,
// then critical ones, then the node goes off. Each step comes as soon as the one before is done. Source: kubernetes
// 1.36 pkg/kubelet/nodeshutdown.
#include <algorithm>

#include <fmt/format.h>

#include "sim/cluster/kubelet/kubelet.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr const char* kMessage = "Pod was terminated in response to imminent node shutdown.";

}  // namespace

bool Kubelet::shutDown(Context& ctx, const std::string& name) {
  NodeRuntime* node = nodeOf(name);
  if (!node || node->down || node->shutting_down) return false;
  if (ctx.timing.nodes.shutdown_grace <= Duration{} || node->hung) return powerOff(ctx, name);
  const std::uint32_t index = node_index_.at(name);
  node->shutting_down = true;
  node->shutdown_step = 0;
  if (node->present)
    node->events.record(ctx, *node->object, EventType::kNormal, "Shutdown", "Shutdown manager detected shutdown event");
  report(ctx, index);
  shutdownStep(ctx, index);
  return true;
}

// Ends the next group of Pods, or the node.
void Kubelet::shutdownStep(Context& ctx, std::uint32_t index) {
  const Duration critical = ctx.timing.nodes.shutdown_grace_critical;
  const Duration ordinary = std::max(ctx.timing.nodes.shutdown_grace - critical, Duration{});
  const std::int32_t step = ++nodes_[index].shutdown_step;
  ctx.kernel.cancel(nodes_[index].shutdown_timer);
  if (step > 2) {
    powerOff(ctx, std::string(nodes_[index].name));
    return;
  }
  const Duration limit = step == 1 ? ordinary : critical;
  const std::set<std::uint32_t> slots = nodes_[index].slots;
  for (const std::uint32_t slot : slots) {
    PodRuntime& pod = pods_[slot];
    const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
    const bool is_critical = spec.priority.value_or(0) >= kCriticalPriority;
    if (is_critical != (step == 2) || pod.terminating || pod.stage == PodStage::kTerminal ||
        pod.stage == PodStage::kSeen)
      continue;
    const Duration own = std::chrono::seconds(spec.terminationGracePeriodSeconds.value_or(30));
    failPod(ctx, slot, "Terminated", kMessage, std::min(own, limit));
  }
  nodes_[index].shutdown_timer = ctx.kernel.scheduleAfter(limit, targetOf(Component::kKubelet), kShutdown, index);
  shutdownProgress(ctx, index);
}

// A Pod of a node that goes down has ended, and its last status is stored.
void Kubelet::shutdownProgress(Context& ctx, std::uint32_t index) {
  const NodeRuntime& node = nodes_[index];
  if (!node.shutting_down || node.down) return;
  const bool waits = std::any_of(node.slots.begin(), node.slots.end(), [&](std::uint32_t slot) {
    const PodRuntime& pod = pods_[slot];
    return pod.terminating && (pod.stage != PodStage::kTerminal || pod.patch_in_flight);
  });
  if (!waits) shutdownStep(ctx, index);
}

}  // namespace jobset_twin::cluster
