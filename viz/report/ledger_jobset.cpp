#include <algorithm>

#include <fmt/format.h>

#include "engine/jobset/startup_policy.hpp"
#include "viz/facts_text.hpp"
#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {

using apiserver::WatchEvent;
using apiserver::WatchType;

void Ledger::jobSet(const WatchEvent& change) {
  const auto [id, added] = recordOf(change, jobsets_, jobset_by_uid_);
  const bool suspended = api::as<api::JobSet>(change.object).spec->suspend.value_or(false);
  if (added) {
    JobSetRecord& record = jobsets_[id];
    record.suspended = suspended;
    readOrder(*change.object, record);
    begin(StartKind::kFirst, id, 0, record.created);
  }
  if (change.type == WatchType::kDeleted) {
    JobSetRecord& record = jobsets_[id];
    record.gone = change.at;
    if (!reached(record.deleting)) {
      record.deleting = change.at;
      record.deletion = deletionOf(id, change.at);
    }
    settleAll(id, change.at, "its deletion");
    return;
  }
  if (change.previous && !api::as<api::JobSet>(change.previous).spec.sameAs(api::as<api::JobSet>(change.object).spec))
    readOrder(*change.object, jobsets_[id]);
  if (jobsets_[id].suspended && !suspended) begin(StartKind::kResume, id, 0, change.at);
  if (!jobsets_[id].suspended && suspended)
    jobsets_[id].suspensions.push_back(suspension(Thing::kJobSet, id, change.at, kNone));
  jobsets_[id].suspended = suspended;
  jobSetStatus(change, id);
  if (startedDeletion(change)) {
    JobSetRecord& record = jobsets_[id];
    record.deleting = change.at;
    record.deletion = deletionOf(id, change.at);
  }
}

Id Ledger::deletionOf(Id jobset, TimePoint at) {
  return addEvent(at, EventKind::kDeleted, Thing::kJobSet, jobset,
                  reached(jobsets_[jobset].over) ? "is deleted after its end" : "is deleted", "deletion of JobSets");
}

void Ledger::readOrder(const api::Object& object, JobSetRecord& record) const {
  const api::JobSetSpec& spec = *api::as<api::JobSet>(object).spec;
  std::vector<ReplicatedJobOrder> order;
  for (const api::ReplicatedJob& job : spec.replicatedJobs) {
    ReplicatedJobOrder& row = order.emplace_back();
    row.name = job.name;
    row.jobs = job.replicas.value_or(1);
    const api::JobSpec& job_spec = *job.template_.spec;
    row.pods =
        std::min(job_spec.parallelism.value_or(1), job_spec.completions.value_or(job_spec.parallelism.value_or(1)));
    for (const api::DependsOn& dependency : job.dependsOn) {
      const auto found =
          std::find_if(order.begin(), order.end(), [&](const auto& o) { return o.name == dependency.name; });
      if (found != order.end())
        row.waits.emplace_back(static_cast<std::int32_t>(found - order.begin()), dependency.status == "Complete");
    }
    if (jobset::startsInOrder(spec) && order.size() > 1)
      row.waits.emplace_back(static_cast<std::int32_t>(order.size()) - 2, false);
  }
  for (std::size_t i = 0; i < std::min(order.size(), record.order.size()); ++i) {
    order[i].ready = record.order[i].ready;
    order[i].complete = record.order[i].complete;
  }
  record.order = std::move(order);
}

void Ledger::jobSetStatus(const WatchEvent& change, Id id) {
  static const api::JobSetStatus kNothing{};
  const api::JobSet& now = api::as<api::JobSet>(change.object);
  const api::JobSetStatus& before = change.previous ? api::as<api::JobSet>(change.previous).status : kNothing;
  if (change.previous && now.status.restarts > before.restarts)
    restarted(change, begin(StartKind::kJobSet, id, now.status.restarts, change.at), kNone);
  if (change.previous) restartedJobs(change, id);
  if (change.previous &&
      now.status.currentInPlaceRestartAttempt.value_or(0) > before.currentInPlaceRestartAttempt.value_or(0)) {
    restarted(change, begin(StartKind::kInPlace, id, *now.status.currentInPlaceRestartAttempt, change.at), kNone);
  }
  JobSetRecord& record = jobsets_[id];
  for (const api::ReplicatedJobStatus& status : now.status.replicatedJobsStatus) {
    for (ReplicatedJobOrder& row : record.order) {
      if (row.name != status.name) continue;
      if (!reached(row.ready) && status.ready + status.succeeded + status.failed >= row.jobs) row.ready = change.at;
      if (!reached(row.complete) && status.succeeded >= row.jobs) row.complete = change.at;
    }
  }
  if (jobset::allJobsReady(now)) {
    if (!reached(record.ready)) record.ready = change.at;
    for (const Id start : record.starts) {
      if (starts_[start].settled || !startIsReady(starts_[start], change.at)) continue;
      starts_[start].ready = change.at;
      settle(start, change.at, {});
    }
  }
  if (!reached(record.over) && !now.status.terminalState.empty()) over(change, id);
}

// A status that was written before the Jobs of this start were ready tells of those before.
bool Ledger::startIsReady(const StartRecord& start, TimePoint at) const {
  if (start.kind == StartKind::kInPlace) return inPlaceReady(start, at);
  std::int64_t there = 0;
  for (const Id job : start.jobs) there += reached(jobs_[job].ready) || reached(jobs_[job].complete) ? 1 : 0;
  std::int64_t wanted = start.only_job == kNone ? 0 : 1;
  if (start.only_job == kNone)
    for (const ReplicatedJobOrder& row : jobsets_[start.jobset].order) wanted += row.jobs;
  return there >= wanted;
}

// All its Pods became ready after the restart.
bool Ledger::inPlaceReady(const StartRecord& start, TimePoint at) const {
  for (const Id job : start.jobs) {
    for (const Id pod : jobs_[job].pods) {
      const PodRecord& record = pods_[pod];
      if (reached(record.over) || reached(record.gone)) continue;
      if (!record.is_ready || record.ready_again < start.fault || record.ready_again > at) return false;
    }
  }
  return true;
}

void Ledger::over(const WatchEvent& change, Id id) {
  JobSetRecord& record = jobsets_[id];
  const api::JobSetStatus& status = api::as<api::JobSet>(change.object).status;
  record.over = change.at;
  TimePoint last = record.created;
  for (const Id job : jobsOf(record)) {
    const TimePoint end = std::min(jobs_[job].complete, jobs_[job].failed);
    if (reached(end)) last = std::max(last, end);
  }
  lateNews("the end of JobSets", nameOf(Thing::kJobSet, id), last, change.at, {doing::kJobSetController, kNone, {}});
  record.terminal = status.terminalState;
  Event event;
  event.at = change.at;
  event.kind = EventKind::kJobSetOver;
  event.thing = Thing::kJobSet;
  event.subject = id;
  event.alike = status.terminalState;
  if (const api::Condition* condition = api::findCondition(status.conditions, status.terminalState))
    event.text = conditionText(*condition);
  if (status.terminalState == "Failed") {
    if (const Id job = failedJobOf(jobsOf(record), event.text); job != kNone) event.cause = jobs_[job].failure;
  }
  record.end = addEvent(std::move(event));
  settleAll(id, change.at, status.terminalState == "Failed" ? "its failure" : "its completion");
}

}  // namespace jobset_twin::viz::report
