#include "scenarios/study/restart_causes.hpp"

#include <algorithm>

namespace jobset_twin::scenarios::study {
namespace {

// So long after a node is back its kubelet may still tell of containers that ended while it was away.
constexpr Duration kToldLate = std::chrono::minutes(1);

// Whether the node explains that a container on it is reported to have ended: it is lost, or it was while the Pod was
// there and has just come back.
bool nodeExplains(const NodeState* node, TimePoint bound, TimePoint at) {
  if (!node) return false;
  return node->lost() || (bound < node->back && at < node->back + kToldLate);
}

}  // namespace

Cause causeOfDisruption(const api::Condition& target, const NodeState* node) {
  if (target.reason == "PreemptionByScheduler") return Cause::kPreemption;
  if (target.reason == "DeletionByPodGC") return Cause::kNode;
  if (target.reason == "DeletionByTaintManager") return !node || node->lost() ? Cause::kNode : Cause::kDrain;
  if (target.reason == "EvictionByEvictionAPI") return node && node->cordoned ? Cause::kDrain : Cause::kEviction;
  // By the kubelet: it shuts down with its node, or is short of something.
  const bool shuts_down = target.message.find("node shutdown") != std::string::npos;
  return shuts_down ? Cause::kNode : Cause::kEviction;
}

Cause causeOfExit(const api::ContainerStateTerminated& exit, const NodeState* node, TimePoint bound, TimePoint at) {
  if (exit.reason == "OOMKilled") return Cause::kMemory;
  // The runtime does not know how it ended, or does not find it: the node went down under it.
  if (exit.reason == "Unknown" || exit.reason == "ContainerStatusUnknown") return Cause::kNode;
  return nodeExplains(node, bound, at) ? Cause::kNode : Cause::kApplication;
}

Cause causeOfFailure(const api::PodStatus& status, const NodeState* node, TimePoint bound, TimePoint at) {
  if (status.reason == "Evicted") return Cause::kEviction;
  if (status.reason == "DeadlineExceeded") return Cause::kDeadline;
  // "Terminated" (with its node), or one of the many words with which a kubelet refuses a Pod.
  if (!status.reason.empty()) return Cause::kNode;
  for (const auto* statuses : {&status.containerStatuses, &status.initContainerStatuses}) {
    const api::ContainerStateTerminated* first = nullptr;
    for (const api::ContainerStatus& container : *statuses) {
      const auto& ended = container.state.terminated;
      if (ended && ended->exitCode != 0 && (!first || ended->finishedAt < first->finishedAt)) first = &*ended;
    }
    if (first) return causeOfExit(*first, node, bound, at);
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
