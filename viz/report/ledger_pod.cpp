#include <algorithm>

#include <fmt/format.h>

#include "viz/facts_text.hpp"
#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {
namespace {

using apiserver::WatchEvent;
using apiserver::WatchType;

constexpr std::size_t kMostFailures = 64;

bool isOver(const api::PodStatus& status) { return status.phase == "Succeeded" || status.phase == "Failed"; }

DeletedBy byReason(std::string_view reason) {
  if (reason == "PreemptionByScheduler") return DeletedBy::kScheduler;
  if (reason == "DeletionByTaintManager") return DeletedBy::kTaintEviction;
  if (reason == "DeletionByPodGC") return DeletedBy::kPodGc;
  if (reason == "EvictionByEvictionAPI") return DeletedBy::kEvictionApi;
  if (reason == "TerminationByKubelet") return DeletedBy::kKubelet;
  return DeletedBy::kNobody;
}

// "container main exits with code 137 (OOMKilled)" of the first container that ended with an error; "" if none did.
std::string exitText(const api::PodStatus& status) {
  for (const auto* statuses : {&status.initContainerStatuses, &status.containerStatuses}) {
    const api::ContainerStatus* first = nullptr;
    for (const api::ContainerStatus& container : *statuses) {
      const auto& ended = container.state.terminated;
      if (!ended || ended->exitCode == 0) continue;
      if (!first || ended->finishedAt < first->state.terminated->finishedAt) first = &container;
    }
    if (!first) continue;
    const api::ContainerStateTerminated& ended = *first->state.terminated;
    const bool told = ended.reason.empty() || ended.reason == "Error";
    return fmt::format("container {} exits with code {}{}", first->name, ended.exitCode,
                       told ? "" : " (" + ended.reason + ")");
  }
  return {};
}

// One that ends while its images are waited for never did.
bool ran(const api::PodStatus& status) {
  return std::any_of(status.containerStatuses.begin(), status.containerStatuses.end(), [](const auto& container) {
    const auto& ended = container.state.terminated;
    return container.restartCount > 0 || (ended && ended->startedAt);
  });
}

}  // namespace

Id Ledger::podRecord(const WatchEvent& change) {
  const auto [id, added] = recordOf(change, pods_, pod_by_uid_);
  if (!added) return id;
  const api::ObjectMeta& meta = change.object->meta;
  PodRecord& record = pods_[id];
  pod_by_name_[fmt::format("{}/{}", meta.namespace_, meta.name)] = id;
  if (const api::OwnerReference* owner = api::controllerOf(meta); owner && owner->kind == "Job") {
    if (const auto job = job_by_uid_.find(owner->uid); job != job_by_uid_.end()) {
      record.job = job->second;
      jobs_[job->second].pods.push_back(id);
      replaces(id);
    }
  }
  return id;
}

void Ledger::pod(const WatchEvent& change) {
  const Id id = podRecord(change);
  const api::Pod& pod = api::as<api::Pod>(change.object);
  if (change.type == WatchType::kDeleted) {
    if (!reached(pods_[id].deleting)) podDeleting(change, id);
    podGone(change.at, id);
    return;
  }
  if (!reached(pods_[id].scheduled) && !pod.nodeName.empty()) {
    PodRecord& record = pods_[id];
    record.scheduled = change.at;
    record.node = nodeRecord(pod.nodeName);
    if (reached(record.refused_node)) record.freed_by = nodes_[record.node].last_freed;
    if (record.job != kNone && jobs_[record.job].start != kNone) {
      StartRecord& start = starts_[jobs_[record.job].start];
      if (!reached(start.ready)) start.bound = change.at;
    }
  }
  podConditions(change, id);
  podEnded(change, id);
  if (startedDeletion(change)) podDeleting(change, id);
}

void Ledger::podConditions(const WatchEvent& change, Id id) {
  const api::PodStatus& status = api::as<api::Pod>(change.object).status;
  PodRecord& record = pods_[id];
  if (!reached(record.started) && (status.phase == "Running" || (isOver(status) && ran(status)))) {
    record.started = change.at;
    // The kubelet's Event may be stored after the status that it tells of.
    record.pulled = std::min(record.pulled, change.at);
  }
  std::uint32_t restarts = 0;
  for (const api::ContainerStatus& container : status.containerStatuses)
    restarts += static_cast<std::uint32_t>(container.restartCount);
  if (restarts > record.container_restarts && change.previous)
    containersRestarted(id, restarts - record.container_restarts, change.at);
  record.container_restarts = restarts;
  const bool ready = api::conditionIs(status.conditions, "Ready", "True");
  if (!reached(record.ready) && (ready || status.phase == "Succeeded")) record.ready = change.at;
  if (ready && !record.is_ready) record.ready_again = change.at;
  record.is_ready = ready;
  if (ready) readyAgain(id, change.at);
  if (!reached(record.scheduled)) {
    const api::Condition* scheduled = api::findCondition(status.conditions, "PodScheduled");
    if (scheduled && scheduled->status == "False" && scheduled->reason != "SchedulingGated") {
      if (!reached(record.refused_node)) record.refused_node = change.at;
      record.no_node = wordId(scheduled->message);
    }
  }
}

std::string Ledger::ownerText(Id pod) const {
  const Id owner = pods_[pod].job;
  if (owner == kNone) return nameOf(Thing::kPod, pod);
  const JobRecord& job = jobs_[owner];
  if (job.jobset == kNone || job.replicated_job < 0) return nameOf(Thing::kJob, owner);
  const JobSetRecord& jobset = jobsets_[job.jobset];
  return fmt::format("{} of {}", jobset.order[static_cast<std::size_t>(job.replicated_job)].name,
                     nameOf(Thing::kJobSet, job.jobset));
}

// An event of a Pod's end. Its cause is what hit the Pod, or its node.
Id Ledger::podEvent(Id id, TimePoint at, std::string text, const std::string& alike, bool container) {
  Event event;
  event.at = at;
  event.kind = EventKind::kPodFailed;
  event.thing = Thing::kPod;
  event.subject = id;
  event.text = std::move(text);
  event.alike = fmt::format("{}, {}", ownerText(id), alike);
  event.cause = faultThatEnded(id, at, container);
  if (event.cause == kNone) event.cause = nodeCause(id, at, container);
  const bool evicted = alike == "EvictionByEvictionAPI" || alike == "DeletionByTaintManager";
  if (event.cause == kNone && evicted && pods_[id].node != kNone) event.cause = nodes_[pods_[id].node].told_to_go;
  if (event.cause == kNone && container) event.cause = namesMissing(id, at);
  return addEvent(std::move(event));
}

void Ledger::podFailed(Id id, Id event) {
  PodRecord& record = pods_[id];
  record.failure = event;
  if (record.job == kNone) return;
  JobRecord& job = jobs_[record.job];
  ++job.failed_pods;
  job.unreplaced.push_back(id);
  if (job.failures.size() < kMostFailures) {
    job.failures.push_back(id);
  } else {
    job.failures.back() = id;
  }
}

// The event that ended the Pod from outside, as its condition DisruptionTarget tells; kNone if it does not.
Id Ledger::disruption(const api::Object& object, Id id, TimePoint at) {
  const api::Condition* target = api::findCondition(api::as<api::Pod>(object).status.conditions, "DisruptionTarget");
  if (!target || target->status != "True") return kNone;
  if (pods_[id].failure != kNone) return pods_[id].failure;
  pods_[id].deleted_by = byReason(target->reason);
  podFailed(id, podEvent(id, at, fmt::format("is disrupted: {}: {}", target->reason, target->message), target->reason,
                         false));
  return pods_[id].failure;
}

void Ledger::podEnded(const WatchEvent& change, Id id) {
  const api::PodStatus& status = api::as<api::Pod>(change.object).status;
  if (pods_[id].failure == kNone && !reached(pods_[id].deleting)) disruption(*change.object, id, change.at);
  if (reached(pods_[id].over) || !isOver(status)) return;
  pods_[id].over = change.at;
  pods_[id].succeeded = status.phase == "Succeeded";
  roomMade(id, change.at);
  if (!reached(pods_[id].deleting)) {
    lateNews("the end of Pods of " + ownerText(id), nameOf(Thing::kPod, id), pods_[id].last_exit, change.at,
             {doing::kKubelet | doing::kKubeletRequests, id, {}});
  }
  // What ends while it is being deleted ends because of that.
  if (pods_[id].succeeded || reached(pods_[id].deleting) || pods_[id].failure != kNone) return;
  if (!status.reason.empty()) {
    const std::string text = fmt::format("{}{}{}", status.reason, status.message.empty() ? "" : ": ", status.message);
    return podFailed(id, podEvent(id, change.at, text, status.reason, false));
  }
  if (pods_[id].container_failure != kNone) return podFailed(id, pods_[id].container_failure);
  std::string text = exitText(status);
  if (text.empty()) text = "fails";
  podFailed(id, podEvent(id, change.at, text, text, true));
}

// Who asked for the deletion: told by the condition DisruptionTarget, else by the state of the Pod's owner.
void Ledger::podDeleting(const WatchEvent& change, Id id) {
  const Id disrupted = disruption(*change.object, id, change.at);
  PodRecord& record = pods_[id];
  record.deleting = change.at;
  if (disrupted != kNone && record.deleted_by != DeletedBy::kNobody) {
    record.deletion = disrupted;
    return;
  }
  if (record.job != kNone) {
    const JobRecord& job = jobs_[record.job];
    if (reached(job.deleting) || reached(job.gone)) {
      record.deleted_by = DeletedBy::kGarbageCollector;
      record.deletion = job.deletion;
      return;
    }
    if (job.deletes_pods || reached(job.failing) || reached(job.failed) || reached(job.complete) || job.suspended) {
      record.deleted_by = DeletedBy::kJobController;
      // It deletes its Pods a little before its status says that it fails.
      record.deletion = job.failure != kNone      ? job.failure
                        : !job.suspended          ? failureBehind(job, {})
                        : job.suspensions.empty() ? kNone
                                                  : job.suspensions.back();
      return;
    }
  }
  record.deleted_by = DeletedBy::kUser;
  if (reached(record.over)) return;
  if (record.failure == kNone) podFailed(id, podEvent(id, change.at, "is deleted", "deleted", false));
  record.deletion = record.failure;
}

void Ledger::roomMade(Id pod, TimePoint at) {
  const PodRecord& record = pods_[pod];
  if (record.node == kNone) return;
  nodes_[record.node].last_freed = pod;
  nodes_[record.node].freed_at = at;
}

void Ledger::podGone(TimePoint at, Id id) {
  PodRecord& record = pods_[id];
  record.gone = at;
  if (!reached(record.over)) roomMade(id, at);
  pod_by_uid_.erase(record.uid);
  std::string().swap(record.uid);
  const auto named = pod_by_name_.find(fmt::format("{}/{}", word(record.space), record.name));
  if (named != pod_by_name_.end() && named->second == id) pod_by_name_.erase(named);
  if (record.job == kNone) return;
  if (const Id start = restartAfter(jobs_[record.job]); start != kNone && !starts_[start].settled)
    starts_[start].torn_down = at;
}

}  // namespace jobset_twin::viz::report
