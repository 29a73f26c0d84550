// Behaviours with checkpoints: what of a container's work survives it, and where its time went.
#include "sim/cluster/kubelet/kubelet.hpp"

namespace jobset_twin::cluster {
namespace {

// The run of a container that keeps checkpoints; nullptr: it does not.
const workload::BehaviorRun* keeperOf(const ContainerRuntime& c) {
  const workload::Machine& machine = c.worker.present() ? c.worker : c.machine;
  const auto* run = std::get_if<workload::BehaviorRun>(&machine.run);
  return run && run->spec.checkpoint ? run : nullptr;
}

// One run more. A run that began with nothing shows that what was kept before is of no use any more.
void add(workload::GroupTimes& all, const workload::GroupTimes& run, Duration resumed) {
  if (resumed == Duration{}) all.lost += std::exchange(all.useful, Duration{});
  all.useful += run.useful;
  all.lost += run.lost;
  all.saving += run.saving;
  all.restoring += run.restoring;
  all.waiting += run.waiting;
}

}  // namespace

// By the cluster's clock. On a node that is slow for a part of a run, each of its parts is taken to be as slow.
workload::GroupTimes Kubelet::timesOfRun(const PodRuntime& pod, std::size_t index, TimePoint now, Duration resumed,
                                         bool finished) const {
  const ContainerRuntime& c = pod.containers[index];
  const Duration waited = c.began_at.value_or(now) - c.started_at, whole = now - c.started_at;
  const Duration own = clockOf(pod, index, now) - c.started_at;
  const double slow = own > Duration{} ? static_cast<double>(whole.count()) / static_cast<double>(own.count()) : 1;
  const auto scaled = [](Duration time, double factor) {
    return factor == 1 ? time : Duration(static_cast<std::int64_t>(static_cast<double>(time.count()) * factor));
  };
  const Duration ran = whole - waited;
  workload::GroupTimes times = workload::timesOf(*keeperOf(c), scaled(ran, 1 / slow), resumed, finished);
  for (Duration* part : {&times.useful, &times.saving, &times.restoring}) *part = scaled(*part, slow);
  times.lost = std::max(ran - times.useful - times.saving - times.restoring, Duration{});
  times.waiting = waited;
  return times;
}

void Kubelet::keepCheckpoint(const PodRuntime& pod, std::size_t index, TimePoint now, std::int32_t code) {
  const workload::BehaviorRun* run = keeperOf(pod.containers[index]);
  if (!run) return;
  KeptWork& kept = checkpoints_[pod.identity + "/" + specOf(pod, index).name];
  const bool finished = code == run->spec.exit_code && run->work_done >= run->work_total;
  add(kept.times, timesOfRun(pod, index, now, kept.checkpointed, finished), kept.checkpointed);
  kept.checkpointed = finished ? Duration{} : run->checkpointed;
}

std::vector<CheckpointFigures> Kubelet::checkpointed(TimePoint now) const {
  std::map<std::string, KeptWork> all = checkpoints_;
  for (const PodRuntime& pod : pods_) {
    if (!pod.used) continue;
    for (std::size_t i = 0; i < pod.containers.size(); ++i) {
      if (pod.containers[i].state != ContainerState::kRunning || !keeperOf(pod.containers[i])) continue;
      KeptWork& kept = all[pod.identity + "/" + specOf(pod, i).name];
      workload::GroupTimes times = timesOfRun(pod, i, now, kept.checkpointed, false);
      times.useful += std::exchange(times.lost, Duration{});
      add(kept.times, times, kept.checkpointed);
    }
  }
  std::vector<CheckpointFigures> out;
  for (const auto& [who, kept] : all) {
    const std::size_t slash = who.rfind('/');
    out.push_back({who.substr(0, slash), who.substr(slash + 1), kept.times});
  }
  return out;
}

}  // namespace jobset_twin::cluster
