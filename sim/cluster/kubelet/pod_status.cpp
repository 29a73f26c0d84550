#include "sim/cluster/kubelet/pod_status.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace jobset_twin::cluster {
namespace {

bool noticedExit(const ContainerRuntime& c) { return c.noticed == ContainerState::kExited; }

bool everRan(const ContainerRuntime& c) {
  return c.noticed == ContainerState::kRunning || noticedExit(c) || c.restarts > 0 || c.previous_exit;
}

bool initialised(const PodRuntime& pod) {
  return std::all_of(
      pod.containers.begin(), pod.containers.begin() + static_cast<std::ptrdiff_t>(pod.init_count),
      [](const auto& c) { return c.sidecar ? c.started || c.ended_for_good : noticedExit(c) && c.exit->code == 0; });
}

std::string joined(const std::vector<std::string_view>& names) { return fmt::format("[{}]", fmt::join(names, " ")); }

api::ContainerStateTerminated terminated(const ContainerExit& exit) {
  api::ContainerStateTerminated state;
  state.exitCode = exit.code;
  state.signal = 0;  // container runtimes report 128 + n and leave this empty
  state.reason = exit.reason;
  state.message = exit.message;
  state.startedAt = api::truncateToSeconds(exit.started_at);
  state.finishedAt = api::truncateToSeconds(exit.finished_at);
  return state;
}

api::ContainerStatus containerStatus(const PodRuntime& pod, std::size_t index, bool init_done) {
  const ContainerRuntime& c = pod.containers[index];
  const api::Container& spec = specOf(pod, index);
  api::ContainerStatus status;
  status.name = spec.name;
  status.image = spec.image;
  status.restartCount = c.restarts;
  if (c.noticed == ContainerState::kRunning) {
    status.state.running = api::ContainerStateRunning{api::truncateToSeconds(c.started_at)};
    status.started = c.started;
    status.ready = c.ready && !(c.init && !c.sidecar);
  } else if (noticedExit(c) && c.waiting_reason == "ContainerCreating") {
    status.state.terminated = terminated(*c.exit);
    status.started = false;
    status.ready = c.init && !c.sidecar && c.exit->code == 0;
  } else {
    const bool waits_for_init = !c.init && !init_done && !everRan(c);
    status.state.waiting =
        api::ContainerStateWaiting{waits_for_init ? "PodInitializing" : c.waiting_reason, c.waiting_message};
    if (c.init && pod.sandbox && !everRan(c) && c.waiting_reason == "ContainerCreating")
      status.state.waiting->reason = "PodInitializing";
    status.started = false;
  }
  const std::optional<ContainerExit>& last = noticedExit(c) && !status.state.terminated ? c.exit : c.previous_exit;
  if (last) status.lastState.terminated = terminated(*last);
  if (everRan(c)) {
    status.imageID = spec.image;
    status.containerID = fmt::format("sim://{}/{}/{}", pod.identity, spec.name, c.attempt);
  }
  return status;
}

void addCondition(api::PodStatus& status, const PodRuntime& pod, std::string_view type, bool value, TimePoint now,
                  std::string reason = {}, std::string message = {}) {
  api::Condition condition;
  condition.type = type;
  condition.status = value ? "True" : "False";
  condition.reason = std::move(reason);
  condition.message = std::move(message);
  const api::Condition* before = api::findCondition(pod.sent.conditions, type);
  condition.lastTransitionTime =
      before && before->status == condition.status ? before->lastTransitionTime : api::truncateToSeconds(now);
  condition.observedGeneration = pod.pod->meta.generation;
  status.conditions.push_back(std::move(condition));
}

void addReady(api::PodStatus& status, const PodRuntime& pod, TimePoint now) {
  const bool done = status.phase == "Succeeded" || status.phase == "Failed";
  std::vector<std::string_view> unready;
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    const ContainerRuntime& c = pod.containers[i];
    if (c.init && !c.sidecar) continue;
    if (!(c.noticed == ContainerState::kRunning && c.ready)) unready.push_back(specOf(pod, i).name);
  }
  std::string reason, message;
  if (done) {
    reason = status.phase == "Succeeded" ? "PodCompleted" : "PodFailed";
  } else if (!unready.empty()) {
    reason = "ContainersNotReady";
    message = "containers with unready status: " + joined(unready);
  }
  const bool ready = !done && unready.empty();
  bool gates = true;
  for (const api::ReadinessGate& gate : api::as<api::Pod>(pod.pod).spec->readinessGates) {
    gates = gates && api::conditionIs(api::as<api::Pod>(pod.pod).status.conditions, gate.conditionType, "True");
  }
  addCondition(status, pod, "Ready", ready && gates, now, ready && !gates ? "ReadinessGatesNotReady" : reason, message);
  addCondition(status, pod, "ContainersReady", ready, now, reason, message);
}

// K-POD-41 (TerminatePod): whether a container of a Pod that is over, which reported no end, counts as lost. Main ones
// do if the Pod was ever initialised; else they wait as before, and the init containers alone say how the Pod ended:
// all up to the last one that was started, at least the first.
bool countsAsLost(const PodRuntime& pod, std::size_t index, bool init_done) {
  if (index >= pod.init_count) return init_done;
  const auto begin = pod.containers.begin();
  return index == 0 || std::any_of(begin + static_cast<std::ptrdiff_t>(index),
                                   begin + static_cast<std::ptrdiff_t>(pod.init_count), everRan);
}

}  // namespace

std::string phaseOf(const PodRuntime& pod) {
  if (!pod.fail_reason.empty()) {  // once its containers have ended
    const bool runs = std::any_of(pod.containers.begin(), pod.containers.end(),
                                  [](const ContainerRuntime& c) { return c.noticed == ContainerState::kRunning; });
    return runs && pod.ever_sent ? pod.sent.phase : "Failed";
  }
  const std::string& policy = api::as<api::Pod>(pod.pod).spec->restartPolicy;
  const bool init_done = initialised(pod);
  bool init_failed = false, main_ever_ran = false, main_waiting = false, running = false, all_ok = true;
  std::size_t stopped = 0, main_total = 0;
  for (const ContainerRuntime& c : pod.containers) {
    if (c.init && !c.sidecar) {
      init_failed = init_failed || (noticedExit(c) && c.exit->code != 0 && c.ended_for_good);
      continue;
    }
    if (c.init) {
      running = running || c.noticed == ContainerState::kRunning;
      continue;
    }
    ++main_total;
    main_ever_ran = main_ever_ran || everRan(c);
    if (c.noticed == ContainerState::kRunning) {
      running = true;
    } else if (everRan(c)) {
      ++stopped;
      const std::optional<ContainerExit>& last = c.exit ? c.exit : c.previous_exit;
      all_ok = all_ok && last && last->code == 0;
    } else {
      main_waiting = true;
    }
  }
  if (init_failed) return running ? "Pending" : "Failed";  // K-POD-1.1; sidecars end first
  if (!init_done && !main_ever_ran && !pod.terminating) return "Pending";
  if (pod.terminating && !running && (stopped == main_total || !main_ever_ran || main_waiting)) {
    // K-POD-41: a container that never reported counts as lost.
    return stopped == main_total && all_ok ? "Succeeded" : "Failed";
  }
  if (main_waiting) return "Pending";  // K-POD-1.3
  if (running) return "Running";
  if (stopped == main_total) {
    const bool for_good = std::all_of(pod.containers.begin(), pod.containers.end(),
                                      [](const ContainerRuntime& c) { return c.init || c.ended_for_good; });
    if (!for_good) return "Running";
    if (all_ok) return "Succeeded";
    return policy == "Always" ? "Running" : "Failed";
  }
  return "Pending";
}

api::PodStatus makePodStatus(const PodRuntime& pod, const std::string& host_ip, TimePoint now) {
  api::PodStatus status;
  status.phase =
      pod.ever_sent && (pod.sent.phase == "Succeeded" || pod.sent.phase == "Failed") ? pod.sent.phase : phaseOf(pod);
  if (status.phase == "Failed") {
    status.reason = pod.fail_reason;
    status.message = pod.fail_message;
  }
  status.hostIP = host_ip;
  status.hostIPs = {api::PodIP{host_ip}};
  if (pod.sandbox) {
    status.podIP = pod.ip;
    status.podIPs = {api::PodIP{pod.ip}};
  }
  if (pod.start_time) status.startTime = api::truncateToSeconds(*pod.start_time);
  status.observedGeneration = pod.pod->meta.generation;
  if (pod.containers.empty() && !pod.fail_reason.empty()) return status;  // refused: nothing else is known
  const bool done = status.phase == "Succeeded" || status.phase == "Failed";
  addCondition(status, pod, "PodReadyToStartContainers", pod.sandbox && !done, now);
  // Stays so once a container of the Pod has run, whatever becomes of sidecars.
  const bool init_done =
      initialised(pod) ||
      std::any_of(pod.containers.begin() + static_cast<std::ptrdiff_t>(pod.init_count), pod.containers.end(), everRan);
  std::vector<std::string_view> incomplete;
  for (std::size_t i = 0; i < pod.init_count && !init_done; ++i) {
    const ContainerRuntime& c = pod.containers[i];
    if (c.sidecar ? !c.started : !(noticedExit(c) && c.exit->code == 0)) incomplete.push_back(specOf(pod, i).name);
  }
  if (status.phase == "Succeeded") {
    addCondition(status, pod, "Initialized", true, now, "PodCompleted");
  } else if (init_done) {
    addCondition(status, pod, "Initialized", true, now);
  } else {
    addCondition(status, pod, "Initialized", false, now, "ContainersNotInitialized",
                 "containers with incomplete status: " + joined(incomplete));
  }
  addReady(status, pod, now);
  if (pod.restarted_all) addCondition(status, pod, "AllContainersRestarting", pod.restarting_all, now);
  if (pod.disrupted) addCondition(status, pod, "DisruptionTarget", true, now, "TerminationByKubelet", pod.fail_message);
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    api::ContainerStatus container = containerStatus(pod, i, init_done);
    if (done && !container.state.terminated && countsAsLost(pod, i, init_done)) {
      container.state = {};
      container.ready = false;
      api::ContainerStateTerminated lost;
      lost.exitCode = 137;
      lost.reason = "ContainerStatusUnknown";
      lost.message = "The container could not be located when the pod was terminated";
      container.state.terminated = lost;
    }
    (i < pod.init_count ? status.initContainerStatuses : status.containerStatuses).push_back(std::move(container));
  }
  return status;
}

bool sameStatus(const api::PodStatus& a, const api::PodStatus& b) {
  if (a.phase != b.phase || a.reason != b.reason || a.message != b.message || a.podIP != b.podIP ||
      a.startTime != b.startTime || a.observedGeneration != b.observedGeneration ||
      a.conditions.size() != b.conditions.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.conditions.size(); ++i) {
    if (a.conditions[i].type != b.conditions[i].type || a.conditions[i].status != b.conditions[i].status ||
        a.conditions[i].reason != b.conditions[i].reason || a.conditions[i].message != b.conditions[i].message) {
      return false;
    }
  }
  return a.containerStatuses == b.containerStatuses && a.initContainerStatuses == b.initContainerStatuses;
}

}  // namespace jobset_twin::cluster
