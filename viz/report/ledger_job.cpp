#include <algorithm>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"
#include "viz/facts_text.hpp"
#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {

using apiserver::WatchEvent;
using apiserver::WatchType;

Id Ledger::jobRecord(const WatchEvent& change) {
  const api::ObjectMeta& meta = change.object->meta;
  const auto [at, added] = job_by_uid_.try_emplace(meta.uid, static_cast<Id>(jobs_.size()));
  if (!added) return at->second;
  const Id id = at->second;
  JobRecord& record = jobs_.emplace_back();
  record.name = meta.name;
  record.uid = meta.uid;
  record.space = wordId(meta.namespace_);
  record.created = change.type == WatchType::kAdded ? change.at : meta.creationTimestamp.value_or(change.at);
  job_by_name_[fmt::format("{}/{}", meta.namespace_, meta.name)] = id;
  const auto owner = jobset_by_uid_.find(std::string(jobset::ownerJobSetUid(meta)));
  if (owner == jobset_by_uid_.end()) {
    beginPlain(id);
    return id;
  }
  record.jobset = owner->second;
  JobSetRecord& jobset = jobsets_[owner->second];
  const std::string_view replicated_job = meta.labels.get(jobset::kReplicatedJobNameKey);
  for (std::size_t i = 0; i < jobset.order.size(); ++i) {
    if (jobset.order[i].name == replicated_job) record.replicated_job = static_cast<std::int32_t>(i);
  }
  record.start = startOf(jobset, record.name);
  if (record.start != kNone) starts_[record.start].jobs.push_back(id);
  return id;
}

// The start that a Job which is made now belongs to: one of this Job alone, if there is one, else the JobSet's latest.
Id Ledger::startOf(const JobSetRecord& jobset, const std::string& job_name) const {
  for (auto id = jobset.starts.rbegin(); id != jobset.starts.rend(); ++id) {
    const StartRecord& start = starts_[*id];
    if (start.only_job == kNone || jobs_[start.only_job].name == job_name) return *id;
  }
  return kNone;
}

void Ledger::job(const WatchEvent& change) {
  const Id id = jobRecord(change);
  const api::Job& job = api::as<api::Job>(change.object);
  JobRecord& record = jobs_[id];
  if (change.type == WatchType::kDeleted) {
    if (!reached(record.deleting)) jobDeleting(change, id);
    jobGone(change.at, id);
    return;
  }
  const api::JobSpec& spec = *job.spec;
  record.wanted = std::min(spec.parallelism.value_or(1), spec.completions.value_or(spec.parallelism.value_or(1)));
  record.backoff_limit = spec.backoffLimit.value_or(6);
  const bool suspended = spec.suspend.value_or(false);
  if (record.suspended && !suspended) record.resumed = change.at;
  record.suspended = suspended;
  if (!reached(record.ready) && !suspended && job.status.ready.value_or(0) + job.status.succeeded >= record.wanted)
    record.ready = change.at;
  jobConditions(change, id);
  settlePlain(id, change.at);
  if (startedDeletion(change)) jobDeleting(change, id);
}

// The Pod whose failure made the Job fail: the one that the message names, else the one that went over the limit.
Id Ledger::failingPodOf(const JobRecord& job, std::string_view message) const {
  for (const Id pod : job.failures) {
    if (message.find(pods_[pod].name + " ") != std::string_view::npos) return pod;
  }
  if (job.failures.empty()) return kNone;
  const std::size_t over =
      std::min<std::size_t>(static_cast<std::size_t>(std::max(job.backoff_limit, 0)), job.failures.size() - 1);
  return job.failures[over];
}

void Ledger::jobConditions(const WatchEvent& change, Id id) {
  for (const api::Condition& condition : api::as<api::Job>(change.object).status.conditions) {
    if (condition.status != "True") continue;
    JobRecord& record = jobs_[id];
    if (condition.type == "Complete" && !reached(record.complete)) record.complete = change.at;
    const bool failing = condition.type == "FailureTarget" && !reached(record.failing);
    const bool failed = condition.type == "Failed" && !reached(record.failed);
    if (failing) record.failing = change.at;
    if (failed) record.failed = change.at;
    if ((!failing && !failed) || record.failure != kNone) continue;
    Event event;
    event.at = change.at;
    event.kind = EventKind::kJobFailed;
    event.thing = Thing::kJob;
    event.subject = id;
    event.text = fmt::format("fails: {}: {}", condition.reason, condition.message);
    event.alike = fmt::format("{} of Jobs", condition.reason);
    // A deadline is its own cause, whatever its Pods did.
    if (condition.reason != "DeadlineExceeded") {
      if (const Id pod = failingPodOf(record, condition.message); pod != kNone) event.cause = pods_[pod].failure;
    }
    record.failure = addEvent(std::move(event));
  }
}

void Ledger::jobDeleting(const WatchEvent& change, Id id) {
  JobRecord& record = jobs_[id];
  record.deleting = change.at;
  record.deleted_by = DeletedBy::kUser;
  if (record.jobset == kNone) {
    if (reached(record.complete) || reached(record.failed)) record.deleted_by = DeletedBy::kTtl;
    return;
  }
  const JobSetRecord& jobset = jobsets_[record.jobset];
  if (reached(jobset.deleting) || reached(jobset.gone)) {
    record.deleted_by = DeletedBy::kGarbageCollector;
    record.deletion = jobset.deletion;
  } else if (const Id start = restartAfter(record); start != kNone) {
    record.deleted_by = DeletedBy::kJobSetController;
    record.deletion = starts_[start].event;
  } else if (reached(jobset.over)) {
    record.deleted_by = DeletedBy::kJobSetController;
    record.deletion = jobset.end;
  } else {
    Event event;
    event.at = change.at;
    event.kind = EventKind::kDeleted;
    event.thing = Thing::kJob;
    event.subject = id;
    event.text = "is deleted";
    event.alike = "deletion of Jobs";
    event.cause = faultOn(Thing::kJob, id, record.created);
    record.deletion = addEvent(std::move(event));
  }
}

// The start that this Job makes room for: the latest after its own that makes it again; kNone if there is none.
Id Ledger::restartAfter(const JobRecord& job) const {
  if (job.jobset == kNone) return kNone;
  const std::vector<Id>& starts = jobsets_[job.jobset].starts;
  for (auto id = starts.rbegin(); id != starts.rend() && (job.start == kNone || *id > job.start); ++id) {
    const StartRecord& start = starts_[*id];
    if (start.kind == StartKind::kJobSet || (start.kind == StartKind::kJob && jobs_[start.only_job].name == job.name))
      return *id;
  }
  return kNone;
}

void Ledger::jobGone(TimePoint at, Id id) {
  JobRecord& record = jobs_[id];
  record.gone = at;
  const auto named = job_by_name_.find(fmt::format("{}/{}", word(record.space), record.name));
  if (named != job_by_name_.end() && named->second == id) job_by_name_.erase(named);
  if (const Id start = restartAfter(record); start != kNone && !starts_[start].settled) starts_[start].torn_down = at;
}

}  // namespace jobset_twin::viz::report
