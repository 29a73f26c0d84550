// The end of a Pod: preStop, SIGTERM, grace period, SIGKILL, last status, removal (K-POD-40 to K-POD-45).
#include <algorithm>

#include <fmt/format.h>

#include "sim/cluster/kubelet/kubelet.hpp"

namespace jobset_twin::cluster {
namespace {

using std::chrono::seconds;

}  // namespace

void Kubelet::beginTermination(Context& ctx, std::uint32_t slot) {
  PodRuntime& pod = pods_[slot];
  if (pod.stage == PodStage::kTerminal || pod.stage == PodStage::kCleanup) {
    if (pod.pod->meta.deletionGracePeriodSeconds.value_or(0) > 0) {  // deleted before its last status was stored
      pod.terminating = true;
      finishTermination(ctx, slot);
    }
    return;
  }
  const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
  const std::int64_t asked = pod.pod->meta.deletionTimestamp ? pod.pod->meta.deletionGracePeriodSeconds.value_or(30)
                                                             : spec.terminationGracePeriodSeconds.value_or(30);
  const Duration grace = pod.grace ? std::min(*pod.grace, Duration(seconds(asked))) : Duration(seconds(asked));
  const Duration delay = latency(ctx, ctx.timing.kubelet.stop, pod, "stop");
  const TimePoint kill_at = ctx.now() + delay + grace;
  if (pod.terminating) {
    if (pod.kill_at && kill_at >= *pod.kill_at) return;  // only ever shorter (K-API-21)
    pod.kill_at = kill_at;
    for (std::size_t i = 0; i < pod.containers.size(); ++i) {
      const ContainerRuntime& c = pod.containers[i];
      if (c.state != ContainerState::kRunning || !c.kill_at) continue;
      stopContainer(ctx, slot, i, kill_at - ctx.now());
    }
    return;
  }
  pod.terminating = true;
  pod.kill_at = kill_at;
  pod.waits_for.clear();
  dropPulls(ctx, slot);
  if (pod.stage == PodStage::kSeen) {
    pod.stage = PodStage::kStarting;
    prepareContainers(pod);
  }
  for (ContainerRuntime& c : pod.containers) {
    if (c.state == ContainerState::kPulling || c.state == ContainerState::kStarting) c.state = ContainerState::kWaiting;
    if (c.state != ContainerState::kRunning) cancelTimers(ctx, c);
    c.blocked = false;
    if (c.state != ContainerState::kRunning &&
        c.exit) {  // it waits for no restart any more: its last end shows again (K-POD-41)
      c.waiting_reason = "ContainerCreating";
      c.waiting_message.clear();
    }
  }
  schedule(ctx, delay, kSignal, slot, 0);
}

// The main containers first; sidecars once those are gone, in reverse order (K-POD-40).
void Kubelet::sendTerm(Context& ctx, std::uint32_t slot, bool sidecars) {
  PodRuntime& pod = pods_[slot];
  pod.sigterm_sent = true;
  if (sidecars) {
    pod.sidecars_stopping = !stopNextSidecar(ctx, slot);
    return;
  }
  bool any = false;
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    const ContainerRuntime& c = pod.containers[i];
    if (c.sidecar || c.state != ContainerState::kRunning) continue;
    any = true;
    event(ctx, pod, "Normal", "Killing", fmt::format("Stopping container {}", specOf(pod, i).name));
    stopContainer(ctx, slot, i, std::max(*pod.kill_at - ctx.now(), Duration{}));
  }
  beginSidecarHooks(ctx, slot);
  if (!any) noticeSoon(ctx, slot);
}

// Their hooks do not wait for their turn.
void Kubelet::beginSidecarHooks(Context& ctx, std::uint32_t slot) {
  PodRuntime& pod = pods_[slot];
  if (*pod.kill_at <= ctx.now()) return;
  for (std::size_t i = 0; i < pod.init_count; ++i) {
    ContainerRuntime& c = pod.containers[i];
    if (!c.sidecar || c.state != ContainerState::kRunning || c.kill_at || c.hook_begun) continue;
    const auto& lifecycle = specOf(pod, i).lifecycle;
    if (!lifecycle || !lifecycle->preStop) continue;
    c.hook_begun = true;
    c.post_start = false;
    beginHook(ctx, slot, i, *lifecycle->preStop);
  }
}

// The last sidecar that runs is told to end, with what is left of the grace period. False: none runs.
bool Kubelet::stopNextSidecar(Context& ctx, std::uint32_t slot) {
  PodRuntime& pod = pods_[slot];
  for (std::size_t i = pod.init_count; i-- > 0;) {
    const ContainerRuntime& c = pod.containers[i];
    if (!c.sidecar || c.state != ContainerState::kRunning) continue;
    if (!c.kill_at) stopContainer(ctx, slot, i, std::max(*pod.kill_at - ctx.now(), kMinimumGrace));
    return true;
  }
  return false;
}

// Its preStop hook, then SIGTERM; SIGKILL when the grace period is over, though not before the least grace has passed
// since SIGTERM. Being stopped already, it only ever ends sooner.
void Kubelet::stopContainer(Context& ctx, std::uint32_t slot, std::size_t index, Duration grace) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  TimePoint kill_at = ctx.now() + grace;
  if (c.kill_at) {
    if (!c.hook.present()) kill_at = std::max(kill_at, ctx.now() + kMinimumGrace);
    if (kill_at >= *c.kill_at) return;
    c.kill_at = kill_at;
    schedule(ctx, kill_at - ctx.now(), kKill, slot, timerOf(c, index));
    return;
  }
  c.kill_at = kill_at;
  c.post_start = false;
  schedule(ctx, grace, kKill, slot, timerOf(c, index));
  if (c.hook_begun && c.hook.present() && grace > kMinimumGrace) return;  // afterPreStop() when it is over
  // K-POD-24: without hooks
  const auto& lifecycle = specOf(pod, index).lifecycle;
  if (!c.hook_begun && !pod.restarting_all && grace > Duration{} && lifecycle && lifecycle->preStop)
    return beginHook(ctx, slot, index, *lifecycle->preStop);
  afterPreStop(ctx, slot, index);
}

void Kubelet::term(Context& ctx, std::uint32_t slot, std::size_t index) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  if (c.state != ContainerState::kRunning) return;
  const std::string& name = specOf(pod, index).name;
  constexpr std::int32_t kSigterm = 15;
  signalMachine(ctx, slot, index, kSigterm);
  if (pods_[slot].used && pods_[slot].containers[index].state == ContainerState::kRunning) {
    const auto left = std::chrono::duration_cast<seconds>(*c.kill_at - ctx.now()).count();
    record(ctx, pod, NoteKind::kContainer,
           fmt::format("container {} does not end at SIGTERM (PID 1 without a handler, or still busy): SIGKILL after "
                       "its grace period of {} s",
                       name, left),
           name);
  }
}

void Kubelet::kill(Context& ctx, std::uint32_t slot, std::size_t index, std::string reason) {
  if (pods_[slot].stuck) return;
  constexpr std::int32_t kKilled = 137, kSigkill = 9;
  exited(ctx, slot, index, kKilled, kSigkill, std::move(reason));
}

// All containers are dead and the last status is written: after the cleanup the object goes (grace 0, with its UID).
void Kubelet::finishTermination(Context& ctx, std::uint32_t slot) {
  PodRuntime& pod = pods_[slot];
  if (!pod.terminating || pod.patch_in_flight || pod.stage != PodStage::kTerminal) return;
  if (!pod.pod->meta.deletionTimestamp) return;  // ended by the kubelet itself: the object stays
  if (pod.removing) return;
  pod.removing = true;
  schedule(ctx, latency(ctx, ctx.timing.kubelet.cleanup, pod, "cleanup"), kRemove, slot);
}

}  // namespace jobset_twin::cluster
