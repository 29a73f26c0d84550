#include "sim/cluster/job/pod_facts.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace jobset_twin::cluster::job {
namespace {

PodPhase phaseOf(std::string_view phase) {
  if (phase == "Running") return PodPhase::kRunning;
  if (phase == "Succeeded") return PodPhase::kSucceeded;
  if (phase == "Failed") return PodPhase::kFailed;
  if (phase == "Unknown") return PodPhase::kUnknown;
  return PodPhase::kPending;
}

std::optional<std::int32_t> number(const api::StringMap& map, std::string_view key) {
  const std::string* text = map.find(key);
  if (!text) return std::nullopt;
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < 0) return std::nullopt;
  return value;
}

// A container that ended once and for all gives its time; anything else none at all.
bool latestFinish(const std::vector<api::ContainerStatus>& statuses, std::optional<api::TimePoint>& latest) {
  for (const api::ContainerStatus& status : statuses) {
    if (!status.state.terminated || !status.state.terminated->finishedAt) return false;
    const api::TimePoint at = *status.state.terminated->finishedAt;
    if (!latest || at > *latest) latest = at;
  }
  return true;
}

bool isSidecar(const api::PodSpec& spec, std::string_view name) {
  for (const api::Container& container : spec.initContainers) {
    if (container.name == name) return container.restartPolicy == "Always";
  }
  return false;
}

std::optional<api::TimePoint> finishOfContainers(const api::Pod& pod) {
  std::optional<api::TimePoint> latest;
  if (!latestFinish(pod.status.containerStatuses, latest)) return std::nullopt;
  std::vector<api::ContainerStatus> sidecars;
  for (const api::ContainerStatus& status : pod.status.initContainerStatuses) {
    if (isSidecar(*pod.spec, status.name)) sidecars.push_back(status);
  }
  if (!latestFinish(sidecars, latest)) return std::nullopt;
  return latest;
}

std::int32_t sumRestarts(const std::vector<api::ContainerStatus>& statuses) {
  std::int32_t sum = 0;
  for (const api::ContainerStatus& status : statuses) sum += status.restartCount;
  return sum;
}

// Of main containers, then of sidecars; plain init containers do not count.
std::pair<std::int32_t, std::int32_t> maxRestarts(const api::Pod& pod) {
  std::int32_t main = 0, sidecars = 0;
  for (const api::ContainerStatus& status : pod.status.containerStatuses) main = std::max(main, status.restartCount);
  for (const api::ContainerStatus& status : pod.status.initContainerStatuses) {
    if (isSidecar(*pod.spec, status.name)) sidecars = std::max(sidecars, status.restartCount);
  }
  return {main, sidecars};
}

std::optional<api::TimePoint> readySince(const api::PodStatus& status) {
  const api::Condition* ready = api::findCondition(status.conditions, "Ready");
  if (!ready || ready->status != "True") return std::nullopt;
  return ready->lastTransitionTime;
}

}  // namespace

bool hasTrackingFinalizer(const api::ObjectMeta& meta) {
  return std::find(meta.finalizers.begin(), meta.finalizers.end(), kTrackingFinalizer) != meta.finalizers.end();
}

const api::OwnerReference* jobOwner(const api::ObjectMeta& meta) {
  const api::OwnerReference* owner = api::controllerOf(meta);
  return owner && owner->kind == "Job" && owner->apiVersion == "batch/v1" ? owner : nullptr;
}

PodFacts factsOf(api::ObjectPtr object) {
  PodFacts facts;
  const api::Pod& pod = api::as<api::Pod>(object);
  facts.phase = phaseOf(pod.status.phase);
  facts.index = number(object->meta.annotations, kCompletionIndexKey).value_or(kNoIndex);
  facts.finalizer = hasTrackingFinalizer(object->meta);
  facts.deleting = object->meta.deletionTimestamp.has_value();
  facts.ready = api::conditionIs(pod.status.conditions, "Ready", "True");
  if (facts.phase == PodPhase::kRunning || facts.phase == PodPhase::kPending) {
    facts.restarts = sumRestarts(pod.status.initContainerStatuses) + sumRestarts(pod.status.containerStatuses);
  }
  facts.pod = std::move(object);
  return facts;
}

bool podFailed(const PodFacts& facts, bool only_failed) {
  if (facts.phase == PodPhase::kFailed) return true;
  return !only_failed && facts.deleting && facts.phase != PodPhase::kSucceeded;
}

api::TimePoint finishTime(const api::Object& object) {
  const api::Pod& pod = api::as<api::Pod>(object);
  if (const auto at = finishOfContainers(pod)) return *at;
  const api::Condition* ready = api::findCondition(pod.status.conditions, "Ready");
  if (ready && ready->status == "False" && ready->lastTransitionTime) return *ready->lastTransitionTime;
  if (object.meta.deletionTimestamp) {
    return *object.meta.deletionTimestamp - std::chrono::seconds(object.meta.deletionGracePeriodSeconds.value_or(0));
  }
  return object.meta.creationTimestamp.value_or(api::TimePoint{});
}

std::int32_t indexFailureCount(const api::Object& pod) {
  return number(pod.meta.annotations, kIndexFailureCountKey).value_or(0);
}
std::int32_t indexIgnoredFailureCount(const api::Object& pod) {
  return number(pod.meta.annotations, kIndexIgnoredFailureCountKey).value_or(0);
}

bool betterVictim(const PodFacts& left, const PodFacts& right) {
  const api::Pod& a = api::as<api::Pod>(left.pod);
  const api::Pod& b = api::as<api::Pod>(right.pod);
  if (a.nodeName.empty() != b.nodeName.empty()) return a.nodeName.empty();
  if (left.phase != right.phase) return left.phase < right.phase;
  if (left.ready != right.ready) return !left.ready;
  if (left.ready) {
    const auto since_a = readySince(a.status), since_b = readySince(b.status);
    if (since_a != since_b) return since_a.value_or(api::TimePoint{}) > since_b.value_or(api::TimePoint{});
  }
  const auto restarts_a = maxRestarts(a), restarts_b = maxRestarts(b);
  if (restarts_a != restarts_b) return restarts_a > restarts_b;
  const api::TimePoint created_a = left.pod->meta.creationTimestamp.value_or(api::TimePoint{});
  const api::TimePoint created_b = right.pod->meta.creationTimestamp.value_or(api::TimePoint{});
  if (created_a != created_b) return created_a > created_b;
  return left.pod->meta.name < right.pod->meta.name;
}

}  // namespace jobset_twin::cluster::job
