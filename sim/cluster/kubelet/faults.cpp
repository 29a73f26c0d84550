// What can be made to go wrong with containers and Pods: each acts at once on what runs, and what follows from it is
// what the kubelet makes of it. docs/faults.md is the user's description.
#include <algorithm>

#include <fmt/format.h>

#include "sim/cluster/kubelet/kubelet.hpp"

namespace jobset_twin::cluster {

// The containers of the newest Pod of that name that are meant, running or not.
std::vector<std::pair<std::uint32_t, std::size_t>> Kubelet::containersOf(const api::ObjectKey& key,
                                                                         const std::string& container) const {
  std::vector<std::pair<std::uint32_t, std::size_t>> found;
  for (std::uint32_t slot = 0; slot < pods_.size(); ++slot) {
    const PodRuntime& pod = pods_[slot];
    if (!pod.used || pod.pod->meta.name != key.name || pod.pod->meta.namespace_ != key.namespace_) continue;
    if (!found.empty() && pods_[found.front().first].pod->meta.creationTimestamp > pod.pod->meta.creationTimestamp)
      continue;
    found.clear();
    for (std::size_t i = 0; i < pod.containers.size(); ++i) {
      const bool meant = container.empty() ? i >= pod.init_count : specOf(pod, i).name == container;
      if (meant) found.emplace_back(slot, i);
    }
  }
  return found;
}

bool Kubelet::exitContainer(Context& ctx, const api::ObjectKey& key, const std::string& container, std::int32_t code,
                            std::string reason) {
  bool hit = false;
  constexpr std::int32_t kSignals = 128;
  for (const auto& [slot, index] : containersOf(key, container)) {
    if (pods_[slot].containers[index].state != ContainerState::kRunning) continue;
    hit = true;
    exited(ctx, slot, index, code, code > kSignals ? code - kSignals : 0, reason);
  }
  return hit;
}

// K-POD-6: the whole container, by the kernel.
bool Kubelet::oomKill(Context& ctx, const api::ObjectKey& key, const std::string& container) {
  constexpr std::int32_t kKilled = 137;
  return exitContainer(ctx, key, container, kKilled, "OOMKilled");
}

bool Kubelet::hang(Context& ctx, const api::ObjectKey& key, const std::string& container) {
  bool hit = false;
  for (const auto& [slot, index] : containersOf(key, container)) {
    ContainerRuntime& c = pods_[slot].containers[index];
    if (c.state != ContainerState::kRunning || c.hung) continue;
    hit = true;
    c.hung = true;
    c.waits_for = fmt::format("container {} hangs", specOf(pods_[slot], index).name);
    ctx.kernel.cancel(c.wake);
    startProbes(ctx, slot, index);                   // those that were not asked any more now find something else
    leaveGroup(ctx, pods_[slot].containers[index]);  // its peers do not hear of it any more
  }
  return hit;
}

bool Kubelet::setUnready(Context& ctx, const api::ObjectKey& key, const std::string& container, bool unready) {
  bool hit = false;
  for (const auto& [slot, index] : containersOf(key, container)) {
    PodRuntime& pod = pods_[slot];
    ContainerRuntime& c = pod.containers[index];
    if (c.unready == unready) continue;
    c.unready = unready;
    hit = hit || c.state == ContainerState::kRunning || !unready;
    if (c.noticed != ContainerState::kRunning) continue;
    if (unready && c.ready) event(ctx, pod, "Warning", "Unhealthy", "Readiness probe failed: ");
    c.ready = readyNow(pod, index);
    syncStatus(ctx, slot);
  }
  return hit;
}

bool Kubelet::crashLoop(Context& ctx, const api::ObjectKey& key, const std::string& container, std::int32_t code,
                        bool on) {
  bool hit = false;
  for (const auto& [slot, index] : containersOf(key, container)) {
    ContainerRuntime& c = pods_[slot].containers[index];
    hit = hit || on || c.crash_code.has_value();
    c.crash_code = on ? std::optional(code) : std::nullopt;
    if (on && c.state == ContainerState::kRunning) exited(ctx, slot, index, code, 0, {});
  }
  return hit;
}

bool Kubelet::setStuckTerminating(Context& ctx, const api::ObjectKey& key, bool stuck) {
  bool hit = false;
  for (const auto& [slot, index] : containersOf(key, {})) {
    PodRuntime& pod = pods_[slot];
    hit = hit || pod.stuck != stuck;
    pod.stuck = stuck;
    const ContainerRuntime& c = pod.containers[index];
    if (!stuck && c.state == ContainerState::kRunning && c.kill_at && *c.kill_at <= ctx.now())
      kill(ctx, slot, index, "Error");
  }
  return hit;
}

}  // namespace jobset_twin::cluster
