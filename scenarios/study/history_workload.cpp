// JobSets, and what all workloads have in common: when one is over, how many Pods it is to have, and its restarts.
#include <algorithm>

#include "engine/jobset/failure_policy.hpp"
#include "engine/jobset/names.hpp"
#include "engine/jobset/startup_policy.hpp"
#include "scenarios/study/history.hpp"

namespace jobset_twin::scenarios::study {

using apiserver::WatchEvent;
using apiserver::WatchType;

void History::onChange(const WatchEvent& change) {
  switch (change.object->kind()) {
    case api::Kind::kPod: return pod(change);
    case api::Kind::kJob: return job(change);
    case api::Kind::kJobSet: return jobSet(change);
    case api::Kind::kNode: return capacity_.onNode(change);
    default: return;
  }
}

void History::finish(TimePoint at) {
  for (WorkloadRecord& workload : workloads_) advance(workload, at);
  for (PodRecord& pod : pods_) closeRun(pod, true, at);
  if (workloads_.empty() || unfinished_ > 0) until_over_ = capacity_.totals(at);
}

Id History::workloadWithUid(const std::string& uid) const {
  const auto found = workload_by_uid_.find(uid);
  return found == workload_by_uid_.end() ? kNone : found->second;
}

Id History::makeWorkload(const WatchEvent& change, std::string_view kind) {
  const api::ObjectMeta& meta = change.object->meta;
  const auto id = static_cast<Id>(workloads_.size());
  WorkloadRecord& workload = workloads_.emplace_back();
  workload.kind = kind;
  workload.namespace_ = meta.namespace_;
  workload.name = meta.name;
  workload.uid = meta.uid;
  workload.submitted = workload.since = change.at;
  workload_by_uid_[meta.uid] = id;
  ++unfinished_;
  return id;
}

void History::end(WorkloadRecord& workload, std::string_view state, std::string_view reason, TimePoint at) {
  if (workload.over != kNever) return;
  advance(workload, at);
  workload.over = at;
  workload.state = state;
  workload.reason = reason;
  if (--unfinished_ == 0) until_over_ = capacity_.totals(at);
}

// Those that its Jobs are still to have; of Jobs that are missing, but for those that come after others: how long they
// are to wait is their own business.
std::int64_t History::wantedPods(const WorkloadRecord& workload) {
  std::int64_t wanted = workload.of_jobs;
  for (const PartRecord& part : workload.parts) {
    if (!part.waits) wanted += std::int64_t{std::max(part.replicas - part.existing, 0)} * part.pods;
  }
  return wanted;
}

void History::advance(WorkloadRecord& workload, TimePoint at) {
  if (workload.over != kNever) return;
  workload.wanted += static_cast<double>((at - workload.since).count()) * static_cast<double>(wantedPods(workload));
  workload.since = at;
}

void History::readParts(WorkloadRecord& workload, const api::JobSetSpec& spec) {
  std::vector<PartRecord> parts;
  for (const api::ReplicatedJob& job : spec.replicatedJobs) {
    PartRecord& part = parts.emplace_back();
    const api::JobSpec& of_job = *job.template_.spec;
    part.name = job.name;
    part.replicas = job.replicas.value_or(1);
    part.pods = of_job.parallelism.value_or(1);
    if (of_job.completions) part.pods = std::min(part.pods, *of_job.completions);
    part.waits = !job.dependsOn.empty() || (jobset::startsInOrder(spec) && parts.size() > 1);
    for (const PartRecord& before : workload.parts) {
      if (before.name == part.name) part.existing = before.existing;
    }
  }
  workload.parts = std::move(parts);
}

void History::jobSet(const WatchEvent& change) {
  const api::JobSet& now = api::as<api::JobSet>(change.object);
  Id id = workloadWithUid(change.object->meta.uid);
  const bool added = id == kNone;
  if (added) id = makeWorkload(change, "JobSet");
  WorkloadRecord& workload = workloads_[id];
  if (change.type == WatchType::kDeleted) return end(workload, {}, {}, change.at);
  if (added || change.object->meta.generation != change.previous->meta.generation) {
    advance(workload, change.at);
    readParts(workload, *now.spec);
    workload.specs.emplace_back(change.at, change.object);
  }
  if (change.previous) restarts(change, workload);
  if (workload.over != kNever || now.status.terminalState.empty()) return;
  const api::Condition* condition = api::findCondition(now.status.conditions, now.status.terminalState);
  const bool failed = now.status.terminalState == "Failed";
  end(workload, now.status.terminalState, failed && condition ? condition->reason : std::string(), change.at);
}

// As a whole, in place, and of single Jobs.
void History::restarts(const WatchEvent& change, WorkloadRecord& workload) {
  const api::JobSetStatus& before = api::as<api::JobSet>(change.previous).status;
  const api::JobSetStatus& now = api::as<api::JobSet>(change.object).status;
  for (std::int32_t i = before.restarts; i < now.restarts; ++i) {
    workload.restarts.push_back(restartCause(workload, now));
    workload.exit.reset();
    ++workload.made_anew;
  }
  jobRestarts(change, workload);
  const std::int32_t attempts = now.currentInPlaceRestartAttempt.value_or(0);
  if (attempts <= before.currentInPlaceRestartAttempt.value_or(0)) return;
  // Pods that were made anew have the next attempt, too.
  const std::int32_t in_place = attempts - before.currentInPlaceRestartAttempt.value_or(0) - workload.made_anew;
  for (std::int32_t i = 0; i < in_place; ++i) workload.restarts.push_back(causeOf(workload.exit));
  workload.made_anew = 0;
  workload.exit.reset();
}

void History::jobRestarts(const WatchEvent& change, WorkloadRecord& workload) {
  const api::JobSetStatus& before = api::as<api::JobSet>(change.previous).status;
  for (const api::ReplicatedJobStatus& now : api::as<api::JobSet>(change.object).status.replicatedJobsStatus) {
    if (now.jobRestarts.empty()) continue;
    const auto old = std::find_if(before.replicatedJobsStatus.begin(), before.replicatedJobsStatus.end(),
                                  [&](const api::ReplicatedJobStatus& s) { return s.name == now.name; });
    for (std::size_t i = 0; i < now.jobRestarts.size(); ++i) {
      const bool known = old != before.replicatedJobsStatus.end() && i < old->jobRestarts.size();
      const std::int32_t more = now.jobRestarts[i] - (known ? old->jobRestarts[i] : 0);
      if (more <= 0) continue;
      const std::string name = jobset::jobName(workload.name, now.name, static_cast<std::int64_t>(i));
      const auto failed = std::find_if(workload.jobs.begin(), workload.jobs.end(),
                                       [&](Id job) { return jobs_[job].name == name && jobs_[job].failure; });
      const Cause cause = failed == workload.jobs.end() ? Cause::kUnknown : causeOf(jobs_[*failed].failure);
      workload.restarts.insert(workload.restarts.end(), static_cast<std::size_t>(more), cause);
    }
  }
}

// Devices that are lost are told of by the node, and by the containers that used them: in either order.
Cause History::causeOf(const std::optional<Failure>& failure) const {
  constexpr Duration kToldApart = std::chrono::seconds(10);
  if (!failure) return Cause::kUnknown;
  if (failure->cause != Cause::kApplication || failure->pod == kNone) return failure->cause;
  const PodRecord& pod = pods_[failure->pod];
  if (pod.node == kNoNode || pod.asks[kGpu] == 0) return failure->cause;
  const TimePoint lost = capacity_.node(pod.node).devices_lost;
  const bool together =
      lost != TimePoint::min() && lost >= failure->at - kToldApart && lost <= failure->at + kToldApart;
  return together ? Cause::kNode : failure->cause;
}

// That of the Job that the JobSet names, else of the first that failed.
Cause History::restartCause(const WorkloadRecord& workload, const api::JobSetStatus& status) const {
  std::string_view named;
  for (const api::Condition& condition : status.conditions) {
    const std::string_view job = jobset::firstFailedJobIn(condition.message);
    if (condition.status == "True" && !job.empty()) named = job;
  }
  const JobRecord* first = nullptr;
  for (const Id id : workload.jobs) {
    const JobRecord& job = jobs_[id];
    if (job.failed == kNever || job.discarded) continue;
    if (job.name == named) return causeOf(job.failure);
    if (!first || job.failed < first->failed) first = &job;
  }
  return first ? causeOf(first->failure) : Cause::kUnknown;
}

}  // namespace jobset_twin::scenarios::study
