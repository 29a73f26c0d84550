// Starts of JobSets: when one begins, why, and what it ends.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "engine/api/time.hpp"
#include "engine/jobset/failure_policy.hpp"
#include "engine/jobset/names.hpp"
#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {
namespace {

using apiserver::WatchEvent;

}  // namespace

Id Ledger::begin(StartKind kind, Id jobset, std::int32_t number, TimePoint at) {
  const auto id = static_cast<Id>(starts_.size());
  StartRecord& start = starts_.emplace_back();
  start.kind = kind;
  start.jobset = jobset;
  start.number = number;
  start.began = at;
  if (kind == StartKind::kResume || kind == StartKind::kInPlace) start.jobs = jobsOf(jobsets_[jobset]);
  if (kind == StartKind::kJob) {
    jobsets_[jobset].starts.push_back(id);
    return id;
  }
  if (kind != StartKind::kInPlace)
    for (ReplicatedJobOrder& row : jobsets_[jobset].order) row.ready = row.complete = kNever;
  if (kind == StartKind::kResume) {
    for (const Id job : starts_[id].jobs) jobs_[job].start = id;
  }
  settleAll(jobset, at, kind == StartKind::kResume ? "its suspension" : fmt::format("restart {}", number));
  jobsets_[jobset].starts.push_back(id);
  return id;
}

// A Job without a JobSet has one start.
void Ledger::beginPlain(Id job) {
  jobs_[job].start = static_cast<Id>(starts_.size());
  StartRecord& start = starts_.emplace_back();
  start.only_job = job;
  start.began = jobs_[job].created;
  start.jobs.push_back(job);
}

void Ledger::settlePlain(Id job, TimePoint at) {
  const JobRecord& record = jobs_[job];
  if (record.jobset != kNone || record.start == kNone || starts_[record.start].settled) return;
  if (reached(record.ready) || reached(record.complete)) {
    starts_[record.start].ready = at;
    settle(record.start, at, {});
  } else if (reached(record.failed) || reached(record.deleting)) {
    settle(record.start, at, reached(record.failed) ? "its failure" : "its deletion");
  }
}

// Its Jobs as they are now: those of its last whole start, with those that were made again since.
std::vector<Id> Ledger::jobsOf(const JobSetRecord& jobset) const {
  std::vector<Id> out;
  for (auto id = jobset.starts.rbegin(); id != jobset.starts.rend(); ++id) {
    const StartRecord& start = starts_[*id];
    if (start.kind == StartKind::kInPlace) continue;
    for (const Id job : start.jobs) {
      if (restartAfter(jobs_[job]) == kNone || restartAfter(jobs_[job]) <= *id) out.push_back(job);
    }
    if (start.only_job == kNone) break;
  }
  return out;
}

void Ledger::restartedJobs(const WatchEvent& change, Id id) {
  const api::JobSetStatus& before = api::as<api::JobSet>(change.previous).status;
  const api::JobSetStatus& now = api::as<api::JobSet>(change.object).status;
  for (const api::ReplicatedJobStatus& status : now.replicatedJobsStatus) {
    const auto old = std::find_if(before.replicatedJobsStatus.begin(), before.replicatedJobsStatus.end(),
                                  [&](const api::ReplicatedJobStatus& s) { return s.name == status.name; });
    for (std::size_t i = 0; i < status.jobRestarts.size(); ++i) {
      const bool known = old != before.replicatedJobsStatus.end() && i < old->jobRestarts.size();
      if (status.jobRestarts[i] <= (known ? old->jobRestarts[i] : 0)) continue;
      const std::string name = jobset::jobName(change.object->meta.name, status.name, static_cast<std::int64_t>(i));
      Id failed = kNone;
      for (const Id job : jobsOf(jobsets_[id])) {
        if (jobs_[job].name == name) failed = job;
      }
      if (failed == kNone) continue;
      for (const Id start : jobsets_[id].starts) {
        if (!starts_[start].settled && starts_[start].only_job != kNone && jobs_[starts_[start].only_job].name == name)
          settle(start, change.at, fmt::format("restart {}", status.jobRestarts[i]));
      }
      const Id start = begin(StartKind::kJob, id, status.jobRestarts[i], change.at);
      restarted(change, start, failed);
    }
  }
}

// Fills in why, and what it ends.
void Ledger::restarted(const WatchEvent& change, Id start_id, Id only_job) {
  StartRecord& start = starts_[start_id];
  start.only_job = only_job;
  const JobSetRecord& jobset = jobsets_[start.jobset];
  if (only_job != kNone) {
    start.ended_jobs.push_back(only_job);
  } else {
    start.ended_jobs = start.kind == StartKind::kInPlace ? start.jobs : jobsBefore(jobset, start_id);
  }
  const std::vector<Id>& ended = start.ended_jobs;
  Event event;
  event.at = change.at;
  event.kind = EventKind::kRestart;
  event.thing = only_job == kNone ? Thing::kJobSet : Thing::kJob;
  event.subject = only_job == kNone ? start.jobset : only_job;
  event.text = fmt::format("{} {}", start.kind == StartKind::kInPlace ? "restart in place" : "restart", start.number);
  event.alike = "restarts";
  std::string message;
  const auto& conditions = api::as<api::JobSet>(change.object).status.conditions;
  for (const api::Condition& condition : conditions) {
    if (condition.status == "True" && !jobset::firstFailedJobIn(condition.message).empty()) message = condition.message;
  }
  start.failed = change.at;
  if (start.kind == StartKind::kInPlace) {
    event.cause = firstFailureSince(ended, start_id);
  } else if (const Id job = failedJobOf(ended, message); job != kNone) {
    event.cause = jobs_[job].failure;
    if (reached(jobs_[job].failed)) start.failed = jobs_[job].failed;
  }
  const Id root = rootOf(event.cause);
  start.fault = root == kNone ? start.failed : std::min(events_[root].at, start.failed);
  cutShort(start_id);
  start.event = addEvent(std::move(event));
  countDown(start, ended);
}

// A fault that was there before counts from the start that it spoiled. That start, if it was not ready, ends here.
void Ledger::cutShort(Id start_id) {
  StartRecord& start = starts_[start_id];
  Id before = kNone;
  for (const Id id : jobsets_[start.jobset].starts) {
    if (id != start_id && (starts_[id].only_job == kNone || starts_[id].only_job == start.only_job)) before = id;
  }
  if (before == kNone) return;
  StartRecord& spoiled = starts_[before];
  start.fault = std::max(start.fault, std::min(reached(spoiled.ready) ? spoiled.ready : spoiled.began, start.failed));
  if (reached(spoiled.ready) || !spoiled.settled || spoiled.event == kNone) return;
  spoiled.ended = std::clamp(start.fault, spoiled.began, spoiled.ended);
  putInOrder(spoiled);
}

// The Jobs that a restart of the whole JobSet ends.
std::vector<Id> Ledger::jobsBefore(const JobSetRecord& jobset, Id start) const {
  std::vector<Id> out;
  for (auto id = jobset.starts.rbegin(); id != jobset.starts.rend(); ++id) {
    if (*id == start || starts_[*id].kind == StartKind::kInPlace) continue;
    for (const Id job : starts_[*id].jobs) {
      if (!reached(jobs_[job].gone)) out.push_back(job);
    }
    if (starts_[*id].only_job == kNone) break;
  }
  return out;
}

// The Job whose failure was judged: the one that the condition names, else the first that failed.
Id Ledger::failedJobOf(const std::vector<Id>& jobs, std::string_view message) const {
  Id first = kNone;
  for (const Id job : jobs) {
    const JobRecord& record = jobs_[job];
    if (!reached(record.failed)) continue;
    if (jobset::firstFailedJobIn(message) == record.name) return job;
    if (first == kNone || record.failed < jobs_[first].failed) first = job;
  }
  return first;
}

// For a restart in place: the first container that failed since the start before was ready.
Id Ledger::firstFailureSince(const std::vector<Id>& jobs, Id start) const {
  TimePoint since = start_;
  for (const Id other : jobsets_[starts_[start].jobset].starts) {
    if (other != start && reached(starts_[other].ready)) since = starts_[other].ready;
  }
  Id first = kNone;
  for (const Id job : jobs) {
    for (const Id pod : jobs_[job].pods) {
      const Id failure = pods_[pod].container_failure;
      if (failure == kNone || events_[failure].at < since) continue;
      if (first == kNone || events_[failure].at < events_[first].at) first = failure;
    }
  }
  return first;
}

void Ledger::countDown(StartRecord& start, const std::vector<Id>& jobs) const {
  std::set<Id> nodes;
  for (const Id job : jobs) {
    for (const Id pod : jobs_[job].pods) {
      const PodRecord& record = pods_[pod];
      if (reached(record.started)) {
        const TimePoint end = std::min({record.over, record.deleting, record.exited, start.began});
        if (end > record.started) start.pod_seconds_done += api::secondsOf(end - record.started);
      }
      if (record.over < start.fault || record.gone < start.fault) continue;
      ++start.pods_down;
      if (record.node != kNone) nodes.insert(record.node);
    }
  }
  start.nodes_down = static_cast<std::uint32_t>(nodes.size());
}

}  // namespace jobset_twin::viz::report
