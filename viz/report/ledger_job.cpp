#include <algorithm>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"
#include "viz/facts_text.hpp"
#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {

using apiserver::WatchEvent;
using apiserver::WatchType;

Id Ledger::jobRecord(const WatchEvent& change) {
  const auto [id, added] = recordOf(change, jobs_, job_by_uid_);
  if (!added) return id;
  const api::ObjectMeta& meta = change.object->meta;
  JobRecord& record = jobs_[id];
  job_by_name_[fmt::format("{}/{}", meta.namespace_, meta.name)] = id;
  const api::Job& job = api::as<api::Job>(change.object);
  record.per_index = job.spec->backoffLimitPerIndex.has_value();
  for (const auto* containers : {&job.spec->template_.spec->initContainers, &job.spec->template_.spec->containers}) {
    for (const api::Container& container : *containers) record.images.push_back(wordId(container.image));
  }
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
  if (record.suspended && !suspended) record.resumes.push_back(change.at);
  if (!record.suspended && suspended && change.previous) {
    const bool of_jobset = record.jobset != kNone && !jobsets_[record.jobset].suspensions.empty();
    record.suspensions.push_back(
        suspension(Thing::kJob, id, change.at, of_jobset ? jobsets_[record.jobset].suspensions.back() : kNone));
  }
  record.suspended = suspended;
  if (!reached(record.ready) && !suspended && job.status.ready.value_or(0) + job.status.succeeded >= record.wanted)
    record.ready = change.at;
  jobConditions(change, id);
  settlePlain(id, change.at);
  if (startedDeletion(change)) jobDeleting(change, id);
}

Id Ledger::suspension(Thing thing, Id id, TimePoint at, Id cause) {
  return addEvent(at, EventKind::kSuspended, thing, id, "is suspended",
                  thing == Thing::kJobSet ? "suspension of JobSets" : "suspension of Jobs", cause);
}

// The failure that made the Job fail: of the Pod that the message names, else of the one that went over the limit. With
// restartPolicy OnFailure restarts in place count, and no Pod has failed.
Id Ledger::failureBehind(const JobRecord& job, std::string_view message) const {
  for (const Id pod : job.failures) {
    if (message.find(pods_[pod].name + " ") != std::string_view::npos) return pods_[pod].failure;
  }
  if (!job.failures.empty()) {
    const std::size_t over =
        std::min<std::size_t>(static_cast<std::size_t>(std::max(job.backoff_limit, 0)), job.failures.size() - 1);
    return pods_[job.failures[over]].failure;
  }
  Id last = kNone;
  for (const Id pod : job.pods) {
    const Id failure = pods_[pod].container_failure;
    if (failure != kNone && (last == kNone || events_[failure].at > events_[last].at)) last = failure;
  }
  return last;
}

// A Job that missed its deadline: because a clock was wrong, or because something kept its Pods from becoming ready.
Id Ledger::causeOfDelay(const JobRecord& job, TimePoint at) const {
  for (auto fault = faults_.rbegin(); fault != faults_.rend(); ++fault) {
    if ((fault->skews & doing::kJobController) != 0 && fault->from <= at && at <= fault->until) return fault->event;
  }
  const std::vector<Held> held = heldBefore(job, at);
  return held.empty() ? kNone : held.front().event;
}

void Ledger::complete(Id id, TimePoint at) {
  JobRecord& job = jobs_[id];
  job.complete = at;
  TimePoint last = job.created;
  for (const Id pod : job.pods) {
    if (reached(pods_[pod].over)) last = std::max(last, pods_[pod].over);
  }
  lateNews("the end of Jobs", nameOf(Thing::kJob, id), last, at, {doing::kJobController, kNone, {}});
}

void Ledger::jobConditions(const WatchEvent& change, Id id) {
  for (const api::Condition& condition : api::as<api::Job>(change.object).status.conditions) {
    if (condition.status != "True") continue;
    JobRecord& record = jobs_[id];
    if (condition.type == "Complete" && !reached(record.complete)) complete(id, change.at);
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
    // A deadline is no Pod's fault.
    event.cause = condition.reason == "DeadlineExceeded" ? causeOfDelay(record, change.at)
                                                         : failureBehind(record, condition.message);
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
    record.deletion = addEvent(change.at, EventKind::kDeleted, Thing::kJob, id, "is deleted", "deletion of Jobs");
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
