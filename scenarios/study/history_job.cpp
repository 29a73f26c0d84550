// Jobs: whose they are, how many of their Pods are ready or still to come, and what made them fail.
#include <algorithm>

#include "engine/jobset/names.hpp"
#include "scenarios/study/history.hpp"

namespace jobset_twin::scenarios::study {

using apiserver::WatchEvent;
using apiserver::WatchType;

Id History::jobRecord(const WatchEvent& change) {
  const api::ObjectMeta& meta = change.object->meta;
  const auto [at, added] = job_by_uid_.try_emplace(meta.uid, static_cast<Id>(jobs_.size()));
  if (!added) return at->second;
  JobRecord& job = jobs_.emplace_back();
  job.name = meta.name;
  const std::string owner(jobset::ownerJobSetUid(meta));
  job.workload = owner.empty() ? kNone : workloadWithUid(owner);
  if (job.workload == kNone) {
    job.workload = makeWorkload(change, "Job");
    workloads_[job.workload].parts.push_back({.name = {}, .replicas = 1, .pods = 0});  // it is not made again
  }
  WorkloadRecord& workload = workloads_[job.workload];
  const std::string_view part = meta.labels.get(jobset::kReplicatedJobNameKey);
  for (std::size_t i = 0; i < workload.parts.size(); ++i) {
    if (workload.parts[i].name == part) job.part = i;
  }
  advance(workload, change.at);
  if (job.part < workload.parts.size()) ++workload.parts[job.part].existing;
  workload.jobs.push_back(at->second);
  return at->second;
}

void History::job(const WatchEvent& change) {
  const Id id = jobRecord(change);
  JobRecord& job = jobs_[id];
  WorkloadRecord& workload = workloads_[job.workload];
  const api::JobSpec& spec = *api::as<api::Job>(change.object).spec;
  const bool deleted = change.type == WatchType::kDeleted;
  job.parallelism = spec.parallelism.value_or(1);
  job.completions = spec.completions;
  job.backoff_limit = spec.backoffLimit.value_or(6);
  job.suspended = spec.suspend.value_or(false);
  if (deleted || change.object->meta.deletionTimestamp) discard(job, change.at);
  if (!deleted) {
    jobConditions(change, job);
    count(job, change.at);
    return;
  }
  std::erase(workload.jobs, id);
  job_by_uid_.erase(change.object->meta.uid);
  if (workload.kind == "Job") end(workload, {}, {}, change.at);
}

// Its work is done again, or was in vain, if its workload has not come to an end of its own.
void History::discard(JobRecord& job, TimePoint at) {
  WorkloadRecord& workload = workloads_[job.workload];
  if (job.discarded || !workload.state.empty()) return;
  advance(workload, at);
  job.discarded = true;
  if (job.part < workload.parts.size()) --workload.parts[job.part].existing;
  count(job, at);
}

// Brings what its workload knows of it up to date.
void History::count(JobRecord& job, TimePoint at) {
  WorkloadRecord& workload = workloads_[job.workload];
  std::int64_t remaining = job.parallelism;
  if (job.completions) remaining = std::clamp(*job.completions - job.succeeded, 0, job.parallelism);
  if (job.success || job.discarded) remaining = 0;
  if (remaining != job.remaining) {
    advance(workload, at);
    workload.of_jobs += remaining - job.remaining;
    job.remaining = remaining;
  }
  const std::int32_t all = job.completions ? std::min(job.parallelism, *job.completions) : job.parallelism;
  const bool satisfied = !job.discarded && (job.success || job.ready + job.succeeded >= all);
  if (satisfied == job.satisfied) return;
  job.satisfied = satisfied;
  workload.satisfied += satisfied ? 1 : -1;
  std::int64_t jobs = 0;
  for (const PartRecord& part : workload.parts) jobs += part.replicas;
  if (workload.satisfied >= jobs && workload.ready == kNever) workload.ready = at;
}

void History::jobConditions(const WatchEvent& change, JobRecord& job) {
  WorkloadRecord& workload = workloads_[job.workload];
  for (const api::Condition& condition : api::as<api::Job>(change.object).status.conditions) {
    if (condition.status != "True") continue;
    const bool complete = condition.type == "Complete", failed = condition.type == "Failed";
    if (complete || condition.type == "SuccessCriteriaMet") job.success = true;
    if (failed && job.failed == kNever) job.failed = change.at;
    if (failed || condition.type == "FailureTarget") {
      job.failing = true;
      if (!job.failure) job.failure = failureOf(job, condition);
    }
    if (workload.kind == "Job" && complete) end(workload, "Completed", {}, change.at);
    if (workload.kind == "Job" && failed) end(workload, "Failed", condition.reason, change.at);
  }
}

// Of the Pod that the message names, else of the one that went over the limit. With restartPolicy OnFailure restarts in
// place count, and no Pod has failed.
std::optional<Failure> History::failureOf(const JobRecord& job, const api::Condition& condition) const {
  if (condition.reason == "DeadlineExceeded") {
    Failure missed;
    missed.cause = job.lacking_image > 0 ? Cause::kImage : Cause::kDeadline;
    return missed;
  }
  for (const Failure& failure : job.failures) {
    if (condition.message.find(pods_[failure.pod].name + " ") != std::string::npos) return failure;
  }
  if (!job.failures.empty()) {
    const auto limit = static_cast<std::size_t>(std::max(job.backoff_limit, 0));
    return job.failures[std::min(limit, job.failures.size() - 1)];
  }
  return job.exit ? job.exit : job.deletion;
}

}  // namespace jobset_twin::scenarios::study
