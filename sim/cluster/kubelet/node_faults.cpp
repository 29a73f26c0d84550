// What can be made to go wrong with nodes: power, the kubelet's process, the way to the API server, speed (K-NODE-12,
// K-NODE-13).
#include <algorithm>

#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/kernel/check.hpp"

namespace jobset_twin::cluster {

NodeRuntime* Kubelet::nodeOf(const std::string& name) {
  const auto found = node_index_.find(name);
  return found == node_index_.end() ? nullptr : &nodes_[found->second];
}

bool Kubelet::powerOff(Context& ctx, const std::string& name) {
  NodeRuntime* node = nodeOf(name);
  if (!node || node->down) return false;
  node->down = true;
  node->hung = node->booting = node->shutting_down = false;
  beat(ctx, *node);
  for (const kernel::EventHandle& timer :
       {node->relist, node->status_timer, node->retry_timer, node->pressure_timer, node->shutdown_timer})
    ctx.kernel.cancel(timer);
  node->relist_scheduled = node->status_scheduled = node->retry_scheduled = node->pressure_scheduled = false;
  node->memory = node->disk = {};
  for (const ImagePull& pull : node->pulls) ctx.kernel.cancel(pull.timer);
  node->pulls.clear();
  node->held.clear();
  node->noticed_next.clear();
  constexpr std::int32_t kLost = 255;  // the runtime will not know how they ended
  for (const std::uint32_t slot : node->slots) {
    PodRuntime& pod = pods_[slot];
    for (std::size_t i = 0; i < pod.containers.size(); ++i) {
      ContainerRuntime& c = pod.containers[i];
      exited(ctx, slot, i, kLost, 0, "Unknown");
      if (c.state == ContainerState::kPulling || c.state == ContainerState::kStarting)
        c.state = ContainerState::kWaiting;
      cancelTimers(ctx, c);
    }
    ctx.kernel.cancel(pod.deadline);
    if (!pod.ip.empty()) by_ip_[pod.ip].erase(slot);
    ++pod.generation;  // what was to happen to it, and answers that are under way, are for nobody
    pod.patch_in_flight = pod.delete_in_flight = pod.removing = pod.dirty = false;
    pod.unsent = true;
  }
  return true;
}

bool Kubelet::powerOn(Context& ctx, const std::string& name) {
  NodeRuntime* node = nodeOf(name);
  if (!node || !node->down) return false;
  const std::uint32_t index = node_index_.at(name);
  node->down = false;
  goOn(ctx, index);
  const std::set<std::uint32_t> slots = nodes_[index].slots;
  for (const std::uint32_t slot : slots) rebooted(ctx, slot);
  report(ctx, index);
  return true;
}

// K-NODE-13: what a kubelet makes of a Pod that it finds after a reboot, its containers dead and its sandbox gone.
void Kubelet::rebooted(Context& ctx, std::uint32_t slot) {
  PodRuntime& pod = pods_[slot];
  if (pod.stage == PodStage::kSeen) {
    schedule(ctx, latency(ctx, ctx.timing.kubelet.see_pod, pod, "see"), kSee, slot);
    return;
  }
  if (pod.stage == PodStage::kTerminal) {
    retrySoon(ctx, pod.node);
    finishTermination(ctx, slot);
    return;
  }
  pod.image_backoffs.clear();
  bool goes_on = pod.restarting_all, began = false;
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    ContainerRuntime& c = pod.containers[i];
    c.backoff.reset();
    c.blocked = c.post_start = false;
    if (c.state == ContainerState::kExited && c.noticed != ContainerState::kExited) {
      c.exit->finished_at = ctx.now();  // when the runtime finds out
      c.noticed = ContainerState::kExited;
      c.started = c.ready = false;
      c.restarts = static_cast<std::int32_t>(c.run) - 1;
      bool all = false;
      c.ended_for_good = !shouldRestart(pod, i, all);
    }
    began = began || c.exit;
    goes_on = goes_on || (!c.sidecar && c.state == ContainerState::kExited && !c.ended_for_good);
  }
  if (pod.terminating) {
    noticeSoon(ctx, slot);
    return;
  }
  if (began && !goes_on) {
    // Nothing that may start again: what never ran is lost with the sandbox.
    for (ContainerRuntime& c : pod.containers) c.ended_for_good = true;
    notice(ctx, slot);
    return;
  }
  // A new sandbox; init containers run again (K-POD-22), and all that may.
  pod.sandbox = pod.restarting_all = false;
  pod.kill_at.reset();
  pod.ip.clear();
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    ContainerRuntime& c = pod.containers[i];
    if (!c.init && c.ended_for_good) continue;
    if (c.exit) c.previous_exit = std::exchange(c.exit, std::nullopt);
    c.state = c.noticed = ContainerState::kWaiting;
    c.ended_for_good = c.started = c.ready = false;
    c.waiting_reason = "ContainerCreating";
    c.waiting_message.clear();
    c.kill_at.reset();
  }
  pod.stage = PodStage::kStarting;
  syncStatus(ctx, slot);
  if (const auto& deadline = api::as<api::Pod>(pod.pod).spec->activeDeadlineSeconds; deadline && pod.start_time) {
    const Duration left = *pod.start_time + std::chrono::seconds(*deadline) - ctx.now();
    schedule(ctx, std::max(left, Duration{}), kDeadline, slot);
  }
  if (!pod.waits_for.empty()) return schedule(ctx, Duration{}, kAdmitted, slot);  // for its volumes still
  schedule(ctx, latency(ctx, ctx.timing.kubelet.sandbox, pod, "sandbox", 1), kSandbox, slot);
}

bool Kubelet::setHung(Context& ctx, const std::string& name, bool hung) {
  NodeRuntime* node = nodeOf(name);
  if (!node || node->down || node->hung == hung) return false;
  node->hung = hung;
  if (hung) {
    beat(ctx, *node);
  } else {
    goOn(ctx, node_index_.at(name));
  }
  return true;
}

bool Kubelet::setPartitioned(Context& ctx, const std::string& name, bool partitioned) {
  NodeRuntime* node = nodeOf(name);
  if (!node || node->partitioned == partitioned) return false;
  node->partitioned = partitioned;
  if (partitioned) {
    beat(ctx, *node);
  } else if (node->acts()) {
    goOn(ctx, node_index_.at(name));
  }
  return true;
}

// The kubelet acts and reaches the API server again, as far as nothing else is in its way (K-NODE-12, K-GOT-35): it
// hears what it missed, does what was due, and writes what is not written yet with the next passes of its loops.
void Kubelet::goOn(Context& ctx, std::uint32_t index) {
  beat(ctx, nodes_[index]);
  catchUp(ctx, index);
  const std::vector<HeldTimer> held = std::exchange(nodes_[index].held, {});
  for (const HeldTimer& timer : held) onTimer(ctx, timer.kind, timer.a, timer.b);
  if (!nodes_[index].reaches()) return;
  if (reportDue(nodes_[index], ctx.now()))
    reportSoon(ctx, index, untilTick(ctx, nodes_[index], "report", kReportEvery));
  const std::set<std::uint32_t> slots = nodes_[index].slots;
  for (const std::uint32_t slot : slots) {
    if (pods_[slot].unsent || pods_[slot].removing) retrySoon(ctx, index);
    if (pods_[slot].dirty) syncStatus(ctx, slot);
    for (std::size_t i = 0; pods_[slot].used && i < pods_[slot].containers.size(); ++i) {
      const ContainerRuntime& c = pods_[slot].containers[i];
      if (c.annotating) {
        sendAnnotation(ctx, slot, c.open.at(*c.annotating).name);
      } else if (c.watches_jobset) {
        answerDue(ctx, slot, i, *c.watches_jobset);
      }
    }
  }
}

void Kubelet::catchUp(Context& ctx, std::uint32_t index) {
  if (!nodes_[index].reaches()) return;
  const std::vector<MissedChange> missed = std::exchange(nodes_[index].missed, {});
  for (const MissedChange& change : missed) change.deleted ? forget(ctx, change.object) : see(ctx, change.object);
}

bool Kubelet::setDevices(Context& ctx, const std::string& name, const std::string& resource, std::int64_t lost,
                         std::optional<std::int32_t> exit_code) {
  NodeRuntime* node = nodeOf(name);
  if (!node || !node->present || !api::as<api::Node>(node->object).status.capacity.contains(resource)) return false;
  std::int64_t& now_lost = node->lost_devices[resource];
  if (now_lost == lost) return false;
  std::int64_t newly = lost - std::exchange(now_lost, lost);
  const std::uint32_t index = node_index_.at(name);
  if (node->acts()) report(ctx, index);
  if (!exit_code) return true;
  const std::set<std::uint32_t> slots = nodes_[index].slots;
  for (const std::uint32_t slot : slots) {
    for (std::size_t i = 0; i < pods_[slot].containers.size() && newly > 0; ++i) {
      const auto& limits = specOf(pods_[slot], i).resources.limits;
      const auto uses_it = limits.find(resource);
      if (uses_it == limits.end() || pods_[slot].containers[i].state != ContainerState::kRunning) continue;
      newly -= uses_it->second.value();
      exited(ctx, slot, i, *exit_code, 0, {});
    }
  }
  return true;
}

bool Kubelet::setSpeed(Context& ctx, const std::string& name, double speed) {
  TWIN_ASSERT(speed > 0, "a node without speed", name);
  NodeRuntime* node = nodeOf(name);
  if (!node || node->speed == speed) return false;
  for (const std::uint32_t slot : node->slots) {
    for (std::size_t i = 0; i < pods_[slot].containers.size(); ++i) {
      ContainerRuntime& c = pods_[slot].containers[i];
      if (c.state != ContainerState::kRunning) continue;
      c.clock = clockOf(pods_[slot], i, ctx.now());
      c.clock_set = ctx.now();
    }
  }
  node->speed = speed;
  for (const std::uint32_t slot : node->slots) {
    for (std::size_t i = 0; i < pods_[slot].containers.size(); ++i) {
      const ContainerRuntime& c = pods_[slot].containers[i];
      if (c.state != ContainerState::kRunning || !c.wake_at || c.hung) continue;
      if (const kernel::Event* pending = ctx.kernel.find(c.wake)) setWake(ctx, slot, i, pending->event_class);
    }
  }
  tellGroupsOfSpeed(ctx, node_index_.at(name));
  return true;
}

}  // namespace jobset_twin::cluster
