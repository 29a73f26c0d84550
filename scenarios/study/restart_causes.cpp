#include "scenarios/study/restart_causes.hpp"

#include <algorithm>

namespace jobset_twin::scenarios::study {
Cause causeOfDisruption(const api::Condition& target, const NodeState* node) {
  if (target.reason == "PreemptionByScheduler") return Cause::kPreemption;
  if (target.reason == "DeletionByPodGC") return Cause::kNode;
  if (target.reason == "DeletionByTaintManager") return !node || node->lost() ? Cause::kNode : Cause::kDrain;
  if (target.reason == "EvictionByEvictionAPI") return node && node->cordoned ? Cause::kDrain : Cause::kEviction;
  // By the kubelet: it shuts down with its node, or is short of something.
  const bool shuts_down = target.message.find("node shutdown") != std::string::npos;
  return shuts_down ? Cause::kNode : Cause::kEviction;
}

Cause causeOfExit(const api::ContainerStateTerminated& exit) {
  if (exit.reason == "OOMKilled") return Cause::kMemory;
  // The runtime does not know how it ended, or does not find it: the node went down under it.
  if (exit.reason == "Unknown" || exit.reason == "ContainerStatusUnknown") return Cause::kNode;
  return Cause::kApplication;
}

Cause causeOfFailure(const api::PodStatus& status) {
  if (status.reason == "DeadlineExceeded") return Cause::kDeadline;
  // One of the many words with which a kubelet refuses a Pod.
  if (!status.reason.empty()) return Cause::kNode;
  for (const auto* statuses : {&status.containerStatuses, &status.initContainerStatuses}) {
    const api::ContainerStateTerminated* first = nullptr;
    for (const api::ContainerStatus& container : *statuses) {
      const auto& ended = container.state.terminated;
      if (ended && ended->exitCode != 0 && (!first || ended->finishedAt < first->finishedAt)) first = &*ended;
    }
    if (first) return causeOfExit(*first);
  }
  return Cause::kUnknown;
}

bool lacksImage(const api::PodStatus& status) {
  const auto refused = [](const api::ContainerStatus& container) {
    const auto& waiting = container.state.waiting;
    return waiting && (waiting->reason == "ErrImagePull" || waiting->reason == "ImagePullBackOff");
  };
  return std::any_of(status.containerStatuses.begin(), status.containerStatuses.end(), refused) ||
         std::any_of(status.initContainerStatuses.begin(), status.initContainerStatuses.end(), refused);
}

}  // namespace jobset_twin::scenarios::study
