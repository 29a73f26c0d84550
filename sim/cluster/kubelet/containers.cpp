// Containers: images, start in order, what the kubelet notices, restarts (K-POD-12, K-POD-20 to K-POD-24).
#include <algorithm>

#include <fmt/format.h>

#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::cluster {
namespace {

bool matchesRule(const api::ContainerRestartRule& rule, std::int32_t code) {
  if (!rule.exitCodes) return false;
  const auto& values = rule.exitCodes->values;
  const bool listed = std::find(values.begin(), values.end(), code) != values.end();
  return rule.exitCodes->operator_ == "In" ? listed : !listed;
}

}  // namespace

void Kubelet::prepareContainers(PodRuntime& pod) {
  const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
  pod.init_count = spec.initContainers.size();
  pod.containers.assign(pod.init_count + spec.containers.size(), {});
  for (std::size_t i = 0; i < pod.init_count; ++i) {
    pod.containers[i].init = true;
    pod.containers[i].sidecar = spec.initContainers[i].restartPolicy == "Always";
  }
}

// Starts whatever is next: init containers one by one, then the others in spec order, one after another.
void Kubelet::advancePod(Context& ctx, std::uint32_t slot) {
  PodRuntime& pod = pods_[slot];
  if (pod.terminating || pod.restarting_all || pod.stage != PodStage::kRunning) return;
  for (std::size_t i = 0; i < pod.init_count; ++i) {
    ContainerRuntime& c = pod.containers[i];
    if (c.state == ContainerState::kWaiting) {
      beginContainer(ctx, slot, i);
      return;
    }
    if (c.sidecar ? !c.started : !(c.noticed == ContainerState::kExited && c.exit->code == 0)) return;
  }
  for (std::size_t i = pod.init_count; i < pod.containers.size(); ++i) {
    ContainerRuntime& c = pod.containers[i];
    if (c.state == ContainerState::kPulling && c.blocked) continue;
    if (c.state == ContainerState::kPulling || c.state == ContainerState::kStarting || c.post_start) return;
    if (c.state == ContainerState::kWaiting) {
      beginContainer(ctx, slot, i);
      return;
    }
  }
}

void Kubelet::beginContainer(Context& ctx, std::uint32_t slot, std::size_t index) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  ++c.run;
  c.state = ContainerState::kPulling;
  c.waiting_reason = "ContainerCreating";
  c.waiting_message.clear();
  c.blocked = false;
  ensureImage(ctx, slot, index);
}

void Kubelet::pulled(Context& ctx, std::uint32_t slot, std::size_t index) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  if (c.state != ContainerState::kPulling || pod.terminating || c.ended_for_good) return;
  if (const std::string missing = missingConfig(pod, index); !missing.empty()) {
    block(ctx, slot, index, "CreateContainerConfigError", missing, "Failed", "Error: " + missing);
    return;
  }
  c.blocked = false;
  c.state = ContainerState::kStarting;
  schedule(ctx, latency(ctx, ctx.timing.kubelet.container_start, pod, fmt::format("start/{}", index), c.run), kStarted,
           slot, timerOf(c, index));
}

void Kubelet::started(Context& ctx, std::uint32_t slot, std::size_t index) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  if (c.state != ContainerState::kStarting || pod.terminating || c.ended_for_good) return;
  c.state = ContainerState::kRunning;
  c.started_at = ctx.now();
  if (c.run > 1) c.last_restart = ctx.now();
  c.waiting_reason = "ContainerCreating";
  c.waiting_message.clear();
  c.startup = c.readiness = c.liveness = {};
  c.started = c.ready = c.hung = c.hook_begun = c.probe_killed = false;
  c.hook = {};
  c.kill_at.reset();
  c.waits_for.clear();
  event(ctx, pod, "Normal", "Created", "Container created");
  event(ctx, pod, "Normal", "Started", "Container started");
  const api::Container& spec = specOf(pod, index);
  c.post_start = spec.lifecycle && spec.lifecycle->postStart;
  if (!c.post_start) noticeSoon(ctx, slot);
  launch(ctx, slot, index);
  if (!pods_[slot].used) return;
  if (!c.post_start) return goLive(ctx, slot, index);
  // It shows as Running, is probed, and the next one starts, when the hook is done.
  if (c.state == ContainerState::kRunning) beginHook(ctx, slot, index, *spec.lifecycle->postStart);
}

void Kubelet::goLive(Context& ctx, std::uint32_t slot, std::size_t index) {
  startProbes(ctx, slot, index);
  advancePod(ctx, slot);
}

// The postStart hook is over. When it failed, the container is killed and follows its policy.
void Kubelet::hooked(Context& ctx, std::uint32_t slot, std::size_t index, std::int32_t code) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  if (c.state != ContainerState::kRunning || !c.post_start) return;
  c.post_start = false;
  const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
  if (code != 0) {
    event(ctx, pod, "Warning", "FailedPostStartHook", "PostStartHook failed");
    event(ctx, pod, "Normal", "Killing", "FailedPostStartHook");
    stopContainer(ctx, slot, index, std::chrono::seconds(spec.terminationGracePeriodSeconds.value_or(30)));
    return;
  }
  noticeSoon(ctx, slot);
  goLive(ctx, slot, index);
}

void Kubelet::exited(Context& ctx, std::uint32_t slot, std::size_t index, std::int32_t code, std::int32_t signal,
                     std::string reason) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  if (c.state != ContainerState::kRunning) return;
  const api::Container& spec = specOf(pod, index);
  keepCheckpoint(pod, index, ctx.now(), code);
  if (c.exit) c.previous_exit = c.exit;
  c.exit = ContainerExit{code, signal,       reason.empty() ? (code == 0 ? "Completed" : "Error") : std::move(reason),
                         {},   c.started_at, ctx.now()};
  c.state = ContainerState::kExited;
  cancelTimers(ctx, c);
  c.machine = {};
  c.worker = {};
  c.hook = {};
  c.open.clear();
  c.watches_jobset.reset();
  c.annotating.reset();
  c.waits_for.clear();
  c.files.clear();
  c.post_start = false;
  ++c.wake_sequence;
  constexpr std::int32_t kSigkill = 9;
  const bool killed = pod.terminating && signal == kSigkill;
  record(ctx, pod, NoteKind::kContainer,
         fmt::format("container {} exits with code {}{}", spec.name, code,
                     killed            ? ": killed at the end of its grace period"
                     : pod.terminating ? " after SIGTERM"
                                       : ""),
         spec.name, static_cast<std::uint64_t>(code), pod.terminating ? 1 : 0);
  noticeSoon(ctx, slot);
  leaveGroup(ctx, c);
}

// K-POD-32; a scenario that says when a container is ready says what its readiness probe would find.
bool Kubelet::readyNow(const PodRuntime& pod, std::size_t index) const {
  const ContainerRuntime& c = pod.containers[index];
  const bool behaves = c.behavior >= 0 && config_.behaviors[static_cast<std::size_t>(c.behavior)].ready_after;
  const bool asked = specOf(pod, index).readinessProbe || behaves;
  return c.started && !c.unready && (!asked || c.readiness.result.value_or(false));
}

// What the kubelet does at the relist at which it sees that something changed.
void Kubelet::notice(Context& ctx, std::uint32_t slot) {
  PodRuntime& pod = pods_[slot];
  bool restart_everything = false;
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    ContainerRuntime& c = pod.containers[i];
    if (c.state == ContainerState::kRunning && c.noticed != ContainerState::kRunning && !c.post_start) {
      c.noticed = ContainerState::kRunning;
      if (c.exit) c.previous_exit = std::exchange(c.exit, std::nullopt);
      c.restarts = static_cast<std::int32_t>(c.run) - 1;
      c.started = !specOf(pod, i).startupProbe || c.startup.result.value_or(false);
      c.ready = readyNow(pod, i);
    } else if (c.state == ContainerState::kExited && !(c.ended_for_good && c.noticed == ContainerState::kExited)) {
      c.noticed = ContainerState::kExited;
      c.restarts = static_cast<std::int32_t>(c.run) - 1;
      c.started = c.ready = false;
      bool all = false;
      c.ended_for_good = !shouldRestart(pod, i, all);
      restart_everything = restart_everything || all;
    }
  }
  if (pod.terminating) {
    const bool mains_done = std::none_of(pod.containers.begin(), pod.containers.end(), [](const ContainerRuntime& c) {
      return !c.sidecar && c.state == ContainerState::kRunning;
    });
    if (mains_done && !pod.sidecars_stopping) sendTerm(ctx, slot, true);
    const bool any = std::any_of(pod.containers.begin(), pod.containers.end(),
                                 [](const ContainerRuntime& c) { return c.state == ContainerState::kRunning; });
    if (!any) {
      syncStatus(ctx, slot);
      finishTermination(ctx, slot);
    }
    return;
  }
  if (pod.restarting_all) {
    const bool any = std::any_of(pod.containers.begin(), pod.containers.end(), [](const ContainerRuntime& c) {
      return c.state == ContainerState::kRunning || c.state == ContainerState::kStarting ||
             c.state == ContainerState::kPulling;
    });
    syncStatus(ctx, slot);
    if (!any) restartAll(ctx, slot);
    return;
  }
  if (restart_everything) {
    restartAll(ctx, slot);
    return;
  }
  const auto mains = pod.containers.begin() + static_cast<std::ptrdiff_t>(pod.init_count);
  const bool init_failed = std::any_of(pod.containers.begin(), mains, [](const ContainerRuntime& c) {
    return !c.sidecar && c.ended_for_good && c.exit && c.exit->code != 0;
  });
  const bool mains_over = init_failed || std::all_of(mains, pod.containers.end(),
                                                     [](const ContainerRuntime& c) { return c.ended_for_good; });
  if (mains_over) {
    // Sidecars are stopped in reverse order within one grace period, and the phase waits for them (K-POD-21).
    for (auto c = pod.containers.begin(); c != mains; ++c) c->ended_for_good = c->ended_for_good || c->sidecar;
    if (!pod.kill_at) {
      pod.kill_at =
          ctx.now() + std::chrono::seconds(api::as<api::Pod>(pod.pod).spec->terminationGracePeriodSeconds.value_or(30));
      beginSidecarHooks(ctx, slot);
    }
    stopNextSidecar(ctx, slot);
  }
  syncStatus(ctx, slot);
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    if (pod.containers[i].state == ContainerState::kExited && !pod.containers[i].ended_for_good)
      considerRestart(ctx, slot, i);
  }
  advancePod(ctx, slot);
}

// K-POD-31: whatever its exit code is, and whatever its rules say of it.
bool Kubelet::startsAgainAfterProbe(const PodRuntime& pod, std::size_t index) {
  const std::string& own = specOf(pod, index).restartPolicy;
  return (own.empty() ? api::as<api::Pod>(pod.pod).spec->restartPolicy : own) != "Never";
}

// K-POD-20, 21, 23, 24: the container's rules, its own policy, the Pod's.
bool Kubelet::shouldRestart(const PodRuntime& pod, std::size_t index, bool& restart_all) const {
  const ContainerRuntime& c = pod.containers[index];
  const api::Container& spec = specOf(pod, index);
  const std::int32_t code = c.exit->code;
  if (pod.terminating || c.ended_for_good) return false;
  if (c.probe_killed) return startsAgainAfterProbe(pod, index);
  for (const api::ContainerRestartRule& rule : spec.restartPolicyRules) {
    if (!matchesRule(rule, code)) continue;
    restart_all = rule.action == "RestartAllContainers";
    return true;
  }
  std::string policy = spec.restartPolicy;
  if (policy.empty()) {
    policy = api::as<api::Pod>(pod.pod).spec->restartPolicy;
    if (c.init && policy == "Always") policy = "OnFailure";
  }
  if (policy == "Always") return true;
  return policy == "OnFailure" && code != 0;
}

void Kubelet::considerRestart(Context& ctx, std::uint32_t slot, std::size_t index) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  if (pod.terminating || pod.restarting_all || c.state != ContainerState::kExited || c.ended_for_good) return;
  const KubeletTiming& timing = ctx.timing.kubelet;
  if (c.backoff && c.run > 1 && c.exit->finished_at - c.last_restart > 2 * timing.crash_backoff_max) c.backoff.reset();
  const api::Container& spec = specOf(pod, index);
  if (c.backoff) {
    const TimePoint due = c.exit->finished_at + *c.backoff;
    if (ctx.now() < due) {
      if (c.waiting_reason == "CrashLoopBackOff") return;  // already waiting
      c.waiting_reason = "CrashLoopBackOff";
      c.waiting_message =
          fmt::format("back-off {} restarting failed container={} pod={}_{}({})", api::formatDuration(*c.backoff),
                      spec.name, pod.pod->meta.name, pod.pod->meta.namespace_, pod.pod->meta.uid);
      event(ctx, pod, "Warning", "BackOff",
            fmt::format("Back-off restarting failed container {} in pod {}_{}({})", spec.name, pod.pod->meta.name,
                        pod.pod->meta.namespace_, pod.pod->meta.uid));
      Duration wait = due - ctx.now();
      if (timing.sandbox.sigma > 0) {
        // K-POD-23: the remaining time is stretched by up to half.
        const std::uint64_t draw =
            kernel::bitsAt(ctx.kernel.seed(), fmt::format("kubelet/{}/{}/crash", pod.identity, spec.name), c.run);
        wait += Duration(static_cast<std::int64_t>(static_cast<double>(wait.count()) * 0.5 *
                                                   (static_cast<double>(draw >> 11) * 0x1p-53)));
      }
      syncStatus(ctx, slot);
      schedule(ctx, wait, kRestart, slot, timerOf(c, index));
      return;
    }
    c.backoff = std::min(*c.backoff * 2, timing.crash_backoff_max);
  } else {
    c.backoff = timing.crash_backoff;
  }
  beginContainer(ctx, slot, index);
}

// K-POD-24: all containers are stopped without hooks, then the Pod starts from its first init container, in place.
void Kubelet::restartAll(Context& ctx, std::uint32_t slot) {
  PodRuntime& pod = pods_[slot];
  if (!pod.restarting_all) {
    pod.restarting_all = pod.restarted_all = true;
    dropPulls(ctx, slot);
    record(ctx, pod, NoteKind::kDecision,
           "RestartAllContainers: all containers of the Pod are stopped and start again in place");
    const auto grace = api::as<api::Pod>(pod.pod).spec->terminationGracePeriodSeconds.value_or(30);
    bool any = false;
    for (std::size_t i = 0; i < pod.containers.size(); ++i) {
      ContainerRuntime& c = pod.containers[i];
      if (c.state == ContainerState::kPulling || c.state == ContainerState::kStarting) {
        c.state = ContainerState::kWaiting;
      } else if (c.state == ContainerState::kRunning) {
        any = true;
        stopContainer(ctx, slot, i, std::chrono::seconds(grace));
      }
    }
    syncStatus(ctx, slot);
    if (any) return;
  }
  for (ContainerRuntime& c : pod.containers) {
    cancelTimers(ctx, c);
    if (c.exit) c.previous_exit = c.exit;
    c.exit.reset();
    c.state = c.noticed = ContainerState::kWaiting;
    c.ended_for_good = c.started = c.ready = false;
    c.kill_at.reset();
  }
  pod.kill_at.reset();
  pod.restarting_all = false;
  syncStatus(ctx, slot);
  advancePod(ctx, slot);
}

}  // namespace jobset_twin::cluster
