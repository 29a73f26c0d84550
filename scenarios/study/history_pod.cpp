// Pods: where they are and what they take there, how long they ran, and how they ended.
#include <algorithm>

#include "engine/jobset/names.hpp"
#include "scenarios/study/history.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using apiserver::WatchEvent;
using apiserver::WatchType;

constexpr std::size_t kMostFailures = 64;  // that are kept of a Job

std::int32_t indexOf(const api::ObjectMeta& meta) {
  std::string error;
  const std::string_view text = meta.labels.get(jobset::kCompletionIndexKey);
  const auto number = text.empty() ? std::nullopt : jobset::parseInteger(text, error);
  return number ? static_cast<std::int32_t>(*number) : -1;
}

}  // namespace

Id History::podRecord(const WatchEvent& change) {
  const api::ObjectMeta& meta = change.object->meta;
  const auto [at, added] = pod_by_uid_.try_emplace(meta.uid, static_cast<Id>(pods_.size()));
  if (!added) return at->second;
  PodRecord& pod = pods_.emplace_back();
  pod.name = meta.name;
  pod.index = indexOf(meta);
  if (const api::OwnerReference* owner = api::controllerOf(meta); owner && owner->kind == "Job") {
    if (const auto job = job_by_uid_.find(owner->uid); job != job_by_uid_.end()) {
      pod.job = job->second;
      jobs_[pod.job].last_pod = change.at;
    }
  }
  return at->second;
}

const NodeState* History::nodeOf(const PodRecord& pod) const {
  return pod.node == kNoNode ? nullptr : &capacity_.node(pod.node);
}

void History::pod(const WatchEvent& change) {
  const Id id = podRecord(change);
  const api::Pod& now = api::as<api::Pod>(change.object);
  if (change.type == WatchType::kDeleted) {
    gone(pods_[id], change.at);
    pod_by_uid_.erase(change.object->meta.uid);
    return;
  }
  if (pods_[id].node == kNoNode && !now.nodeName.empty()) bind(pods_[id], now, change.at);
  const bool deleting = change.object->meta.deletionTimestamp.has_value();
  podEnds(id, now, deleting, change.at);
  containers(id, now.status, change.at);
  PodRecord& pod = pods_[id];
  if (pod.job == kNone) return;
  JobRecord& job = jobs_[pod.job];
  const bool ready = !deleting && !pod.over && api::conditionIs(now.status.conditions, "Ready", "True");
  const bool succeeded = now.status.phase == "Succeeded";
  const bool changes = ready != pod.ready || succeeded != pod.succeeded;
  if (ready != pod.ready) job.ready += ready ? 1 : -1;
  if (succeeded && !pod.succeeded) ++job.succeeded;
  pod.ready = ready;
  pod.succeeded = succeeded;
  if (changes && !job.discarded) count(job, change.at);
}

void History::bind(PodRecord& pod, const api::Pod& now, TimePoint at) {
  pod.node = capacity_.nodeNamed(now.nodeName);
  pod.asks = capacity_.requestOf(*now.spec);
  pod.takes = true;
  capacity_.take(pod.node, pod.asks, at);
  if (pod.job == kNone) return;
  WorkloadRecord& workload = workloads_[jobs_[pod.job].workload];
  workload.first_node = std::min(workload.first_node, at);
}

// What ends while it is being deleted ends because of that, unless a condition says who asked for it.
void History::podEnds(Id id, const api::Pod& now, bool deleting, TimePoint at) {
  PodRecord& pod = pods_[id];
  const bool over = now.status.phase == "Succeeded" || now.status.phase == "Failed";
  const api::Condition* target = api::findCondition(now.status.conditions, "DisruptionTarget");
  if (target && target->status == "True" && !pod.disrupted && !pod.over) {
    pod.disrupted = true;
    failed(id, causeOfDisruption(*target, nodeOf(pod)), at);
  }
  if (over && !pod.over) {
    pod.over = true;
    if (now.status.phase == "Failed" && !deleting) failed(id, causeOfFailure(now.status), at);
    release(pod, at);
  }
  if (!deleting || pod.deleting != kNever) return;
  pod.deleting = at;
  if (pod.job == kNone || pod.failed || pod.over) return;
  JobRecord& job = jobs_[pod.job];
  if (job.failing || job.success || job.discarded || job.suspended || job.deletion) return;
  job.deletion = Failure{Cause::kDeletion, at, id};
}

void History::failed(Id id, Cause cause, TimePoint at) {
  PodRecord& pod = pods_[id];
  if (pod.failed) return;
  pod.failed = true;
  ++pod_failures_;
  if (pod.job == kNone) return;
  std::vector<Failure>& failures = jobs_[pod.job].failures;
  const Failure failure{cause, at, id};
  if (failures.size() < kMostFailures) {
    failures.push_back(failure);
  } else {
    failures.back() = failure;
  }
}

// Restarts in place, and containers that end with an error.
void History::containers(Id id, const api::PodStatus& status, TimePoint at) {
  PodRecord& pod = pods_[id];
  std::int32_t restarts = 0, errors = 0;
  const api::ContainerStateTerminated* error = nullptr;
  for (const api::ContainerStatus& container : status.containerStatuses) {
    restarts += container.restartCount;
    const auto& ended = container.state.terminated ? container.state.terminated : container.lastState.terminated;
    if (!ended || ended->exitCode == 0) continue;
    errors += container.restartCount + (container.state.running ? 0 : 1);
    error = &*ended;
  }
  pod_restarts_ += std::max(restarts - pod.restarts, 0);
  pod.restarts = restarts;
  const bool ends = errors > std::exchange(pod.errors, errors) && pod.deleting == kNever;
  runs(pod, status, at);
  if (pod.job == kNone) return;
  JobRecord& job = jobs_[pod.job];
  if (ends) {
    job.exit = Failure{causeOfExit(*error), at, id};
    WorkloadRecord& workload = workloads_[job.workload];
    if (!workload.exit) workload.exit = job.exit;
  }
  const bool lacks = status.phase == "Pending" && lacksImage(status);
  // What is told to end waits no more; that it did counts on.
  if (lacks == pod.lacks_image || pod.deleting != kNever) return;
  pod.lacks_image = lacks;
  job.lacking_image += lacks ? 1 : -1;
}

// Of its first container: a run that ends with an error comes to nothing, unless it was told to end.
void History::runs(PodRecord& pod, const api::PodStatus& status, TimePoint at) {
  if (status.containerStatuses.empty()) return;
  const api::ContainerStatus& first = status.containerStatuses.front();
  const auto& ended = first.state.terminated ? first.state.terminated : first.lastState.terminated;
  const bool well = (ended && ended->exitCode == 0) || pod.deleting != kNever;
  if (first.restartCount > pod.runs || !first.state.running) closeRun(pod, well, at);
  pod.runs = first.restartCount;
  if (first.state.running && pod.runs_since == kNever) pod.runs_since = at;
}

void History::closeRun(PodRecord& pod, bool kept, TimePoint at) {
  if (pod.runs_since == kNever) return;
  const TimePoint until = pod.job == kNone ? at : std::min(at, workloads_[jobs_[pod.job].workload].over);
  (kept ? pod.kept : pod.lost) += std::max(until - pod.runs_since, Duration{});
  pod.runs_since = kNever;
}

void History::release(PodRecord& pod, TimePoint at) {
  if (std::exchange(pod.takes, false)) capacity_.give(pod.node, pod.asks, at);
}

void History::gone(PodRecord& pod, TimePoint at) {
  if (pod.deleting == kNever) pod.deleting = at;
  closeRun(pod, true, at);
  release(pod, at);
  pod.over = true;
  if (pod.job == kNone || !pod.ready) return;
  JobRecord& job = jobs_[pod.job];
  pod.ready = false;
  --job.ready;
  if (!job.discarded) count(job, at);
}

}  // namespace jobset_twin::scenarios::study
